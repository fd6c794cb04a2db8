import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream, errorOf, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { startGateway } from "../../harness/gateway.ts";
import { metric } from "../../harness/queue.ts";
import { RawClient } from "../../harness/raw-client.ts";
import { chunk, completion } from "../../harness/upstream-script.ts";
import { running } from "./limited-gateway.ts";

setDefaultTimeout(30_000);

test("F29 a flood with one key is turned away at the door: no provider, no row, and others are served as before", async () => {
  using upstream = new FakeUpstream(completion());
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  const flooding = await gateway.createKey({ requests_per_minute: 5 });
  const polite = await gateway.createKey({ requests_per_minute: 60 });
  const flood = Array.from({ length: 400 }, async () => {
    const answer = await chat(gateway, {}, withKey(flooding));
    return { answer, error: answer.ok ? undefined : await errorOf(answer) };
  });
  const others = Array.from({ length: 20 }, async () => (await chat(gateway, {}, withKey(polite))).status);
  expect(new Set(await Promise.all(others))).toEqual(new Set([200]));
  const answers = await Promise.all(flood);
  const refused = answers.filter(({ answer }) => answer.status === 429);
  const served = answers.length - refused.length;
  expect([answers.filter(({ answer }) => answer.ok).length, served >= 5 && served <= 8]).toEqual([served, true]);
  for (const { answer, error } of refused) {
    expect(error).toMatchObject({ type: "rate_limit_error", code: "rate_limit_exceeded" });
    const seconds = Number(answer.headers.get("retry-after"));
    expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 12).toBe(true);
  }
  expect(upstream.calls).toHaveLength(served + 20);
  expect(await gateway.logs()).toHaveLength(served + 20);
  const decided = 'tokligence_ratelimit_decisions_total{scope="key",decision="refused",mode="enforce"}';
  expect(await metric(gateway, decided)).toBe(refused.length);
  expect(await running(gateway)).toBe(0);
});

test("F29 a key whose places are all taken is turned away, and a flood of it takes none from others", async () => {
  using upstream = new FakeUpstream({ events: [chunk({ content: "begun" })], end: "hang" });
  await using gateway = await startGateway({
    upstreams: { up: upstream },
    keys: true,
    ini: "[gateway]\nmax_concurrent_requests = 10\n",
  });
  const flooding = await gateway.createKey({ max_concurrent: 2 });
  const polite = await gateway.createKey({});
  const leaving = new AbortController();
  const held = [1, 2].map(() => chatStream(gateway, {}, { ...withKey(flooding), signal: leaving.signal }));
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
  const flood = Array.from({ length: 8 * 25 }, async () => (await chat(gateway, {}, withKey(flooding))).status);
  expect(new Set(await Promise.all(flood))).toEqual(new Set([429]));
  const others = Array.from({ length: 8 }, () =>
    chatStream(gateway, {}, { ...withKey(polite), signal: leaving.signal }),
  );
  expect(new Set((await Promise.all(others)).map(({ status }) => status))).toEqual(new Set([200]));
  leaving.abort();
  await eventually("nobody runs", async () => (await running(gateway)) === 0);
  upstream.script(completion());
  expect((await chat(gateway, {}, withKey(flooding))).status).toBe(200);
});

test.each([
  ["a length", "content-length: 5000000"],
  ["chunks", "transfer-encoding: chunked"],
  ["100-continue", "content-length: 5000000\r\nexpect: 100-continue"],
])(
  "F29 who is over its limit is told so before its body, announced by %s, has come, and a body that never comes holds nothing",
  async (_, framing) => {
    using upstream = new FakeUpstream(completion());
    await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
    const key = await gateway.createKey({ requests_per_minute: 1 });
    expect((await chat(gateway, {}, withKey(key))).status).toBe(200);
    const lines = [
      `host: ${new URL(gateway.url).host}`,
      `x-api-key: ${key}`,
      "content-type: application/json",
      framing,
    ];
    const head = `POST /v1/chat/completions HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(gateway.url)));
    try {
      await Promise.all(clients.map((client) => client.send(head)));
      for (const client of clients) await eventually("429", () => client.text().includes("HTTP/1.1 429 "));
      expect(await running(gateway)).toBe(0);
      expect(upstream.calls).toHaveLength(1);
    } finally {
      for (const client of clients) client.reset();
    }
  },
);

test("a call that waits for its body counts among those of its key, and gives its place back when it leaves", async () => {
  using upstream = new FakeUpstream(completion());
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  const key = await gateway.createKey({ max_concurrent: 1 });
  using client = await RawClient.connect(gateway.url);
  const lines = [`host: ${new URL(gateway.url).host}`, `x-api-key: ${key}`, "content-type: application/json"];
  await client.send(`POST /v1/chat/completions HTTP/1.1\r\n${lines.join("\r\n")}\r\ncontent-length: 99\r\n\r\n{`);
  await eventually("it is being read", async () => (await running(gateway)) === 1);
  expect((await chat(gateway, {}, withKey(key))).status).toBe(429);
  client.reset();
  await eventually("its place is free", async () => (await running(gateway)) === 0);
  expect((await chat(gateway, {}, withKey(key))).status).toBe(200);
});
