import { expect, setDefaultTimeout, test } from "bun:test";
import { chatBody } from "../../harness/chat-text.ts";
import { chat, chatStream, postJson, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { startGateway, testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";
import { queueOf } from "../../harness/queue.ts";
import { RawClient, rawChat } from "../../harness/raw-client.ts";
import { chunk, completion, stream } from "../../harness/upstream-script.ts";
import { control, keyWith, places, running } from "./limited-gateway.ts";

setDefaultTimeout(30_000);

const begun = { events: [chunk({ content: "begun" })], end: "hang" as const };

test.each([
  ["and waits for a whole answer", false, 10_000],
  ["and waits for a stream that is not begun", true, 10_000],
  ["and is sent heartbeats", true, 0],
])(
  "F22 a caller that leaves %s is out of the queue, asked nobody, took nothing, and the next one goes",
  async (_, stream, commitMs) => {
    using upstream = new FakeUpstream(begun, completion("next"));
    const ini = `${places(1)}[gateway]\ncommit_after_ms = ${commitMs}\nheartbeat_interval = 0.05\n`;
    await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true, ini });
    const [holding, leaving, next] = [
      await keyWith(gateway, "a@example.com", {}),
      await keyWith(gateway, "b@example.com", { tokens_per_day: 100_000, max_concurrent: 1 }),
      await keyWith(gateway, "c@example.com", {}),
    ];
    const holder = new AbortController();
    await chatStream(gateway, {}, { ...withKey(holding.key), signal: holder.signal });
    using client = await RawClient.connect(gateway.url);
    await client.send(rawChat(gateway.url, JSON.stringify(chatBody({ stream })), [`x-api-key: ${leaving.key}`]));
    await queueOf(gateway, 5, 1);
    const after = chat(gateway, {}, withKey(next.key));
    await queueOf(gateway, 5, 2);
    if (commitMs === 0)
      await eventually("it is told where it stands", () => client.text().includes("queued position=1"));
    client.reset();
    await queueOf(gateway, 5, 1);
    await eventually("two run", async () => (await running(gateway)) === 2);
    expect(upstream.calls).toHaveLength(1);
    const row = await eventually("its row", async () => (await gateway.logs())[0]);
    expect(row).toMatchObject({ outcome: "aborted", error_code: "client_closed", attempts: 0, usage_source: "none" });
    expect(row.queue_ms).toBeGreaterThan(0);
    const { used_today: used } = await control<{ used_today: number | null }>(gateway, `/api/v1/keys/${leaving.id}`);
    expect(used ?? 0).toBe(0);
    holder.abort();
    const answer = await after;
    expect([answer.status, answer.headers.get("x-tokligence-queue-position")]).toEqual([200, "2"]);
    expect(upstream.calls).toHaveLength(2);
    // Its only place among its own came back too.
    expect((await chat(gateway, {}, withKey(leaving.key))).status).toBe(200);
    await eventually("nobody runs", async () => (await running(gateway)) === 0);
  },
);

test("F22 two hundred callers that all leave the queue at once leave nothing behind", async () => {
  using upstream = new FakeUpstream(begun, completion("next"));
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini: places(1) });
  const holder = new AbortController();
  await chatStream(gateway, {}, { signal: holder.signal });
  const leaving = new AbortController();
  const callers = Array.from({ length: 200 }, () =>
    chat(gateway, {}, { signal: leaving.signal }).then(
      ({ status }) => status,
      () => "left",
    ),
  );
  await queueOf(gateway, 5, 200);
  leaving.abort();
  expect(new Set(await Promise.all(callers))).toEqual(new Set(["left"]));
  await queueOf(gateway, 5, 0);
  expect(upstream.calls).toHaveLength(1);
  holder.abort();
  expect((await chat(gateway)).status).toBe(200);
  await eventually("nobody runs", async () => (await running(gateway)) === 0);
});

test("a node that drains lets those that wait have their turn, as long as its grace lasts", async () => {
  using upstream = new FakeUpstream({ ...stream(["a", "b"]), intervalMs: 100 });
  await using gateway = await GatewayProcess.start({
    program: testedProgram,
    configuration: `[provider.up]\ntype = openai-compatible\nbase_url = ${upstream.url}\n[routes]\n* = up\n${places(1)}`,
  });
  const answers = Array.from({ length: 4 }, () => chat(gateway, { stream: true }));
  await eventually("all run", async () => (await running(gateway)) === 4);
  gateway.signal("SIGTERM");
  const texts = await Promise.all(answers.map(async (answer) => (await answer).text()));
  for (const text of texts) expect(text).toEndWith("data: [DONE]\n\n");
  expect(await gateway.exited()).toBe(0);
  expect(upstream.calls).toHaveLength(4);
});

test("whoever still waits when the grace of a draining node is over is told so in its own protocol, and the node exits 0", async () => {
  using upstream = new FakeUpstream(begun);
  await using gateway = await GatewayProcess.start({
    program: testedProgram,
    configuration: `[gateway]\nshutdown_grace = 0.5\ncommit_after_ms = 1000\n[provider.up]\ntype = openai-compatible
base_url = ${upstream.url}\n[routes]\n* = up\n${places(1)}`,
  });
  const holder = (await chatStream(gateway)).text();
  const messages = [{ role: "user", content: "Hello" }];
  const contents = [{ role: "user", parts: [{ text: "Hello" }] }];
  const model = "test-model";
  const whole = [
    chat(gateway),
    postJson(`${gateway.url}/v1/responses`, { model, input: "Hello" }),
    postJson(`${gateway.url}/v1/messages`, { model, max_tokens: 9, messages }),
    postJson(`${gateway.url}/v1beta/models/${model}:generateContent`, { contents }),
  ];
  const streamed = [
    chatStream(gateway),
    postJson(`${gateway.url}/v1/responses`, { model, input: "Hello", stream: true }),
    postJson(`${gateway.url}/v1/messages`, { model, max_tokens: 9, messages, stream: true }),
    postJson(`${gateway.url}/v1beta/models/${model}:streamGenerateContent?alt=sse`, { contents }),
  ];
  // Heads of streams come while their calls still wait.
  const heads = await Promise.all(streamed);
  expect(heads.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  await eventually("all run", async () => (await running(gateway)) === 9);
  gateway.signal("SIGTERM");
  const answers = await Promise.all(whole);
  const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { error: object; type?: string }[];
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 529, 503]);
  expect(answers.map(({ headers }) => headers.get("connection"))).toEqual(["close", "close", "close", "close"]);
  expect(bodies[0]?.error).toMatchObject({ code: "draining" });
  expect(bodies[1]?.error).toMatchObject({ code: "draining" });
  expect(bodies[2]).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
  expect(bodies[3]?.error).toMatchObject({ code: 503, status: "UNAVAILABLE" });
  const ends = await Promise.all(heads.map((head) => head.text()));
  for (const text of ends) expect(text).toContain("shutting down");
  expect(ends[0]).not.toContain("[DONE]");
  expect(ends[1]).toContain("event: error");
  expect(ends[2]).toContain("event: error");
  expect(ends[3]).toContain('"error"');
  expect(await holder).toContain("shutting down");
  expect(await gateway.exited()).toBe(0);
  expect(upstream.calls).toHaveLength(1);
  expect(gateway.stderr).not.toContain("internal");
});
