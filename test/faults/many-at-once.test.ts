import { expect, test } from "bun:test";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { startGateway } from "../harness/gateway.ts";
import { RawClient, rawChat } from "../harness/raw-client.ts";
import { chatBody } from "../harness/chat-text.ts";
import { sharedGateway } from "../harness/shared-gateway.ts";
import { chunk, completion, stream } from "../harness/upstream-script.ts";

const shared = sharedGateway();
const { upstream } = shared;

const allowedMs = 20_000;

/** Sends the same call on `count` connections: the runtime's own client would hold back beyond 256. */
async function callers(count: number, fields: object): Promise<RawClient[]> {
  const request = rawChat(shared.gateway.url, JSON.stringify(chatBody(fields)));
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(shared.gateway.url)));
  for (const client of clients) void client.send(request);
  return clients;
}

async function everyone(what: string, clients: readonly RawClient[], text: string): Promise<void> {
  await eventually(what, () => clients.every((client) => client.text().includes(text)), allowedMs);
}

test(
  "F52 four hundred streams run at once: each has its first word while all the others are open, and each its end",
  async () => {
    upstream.script({
      ...stream(["first ", "last"]),
      events: [...(stream(["first "]).events ?? []).slice(0, 2)],
      end: "hang",
    });
    const clients = await callers(400, { stream: true });
    await everyone("four hundred first words", clients, "first ");
    expect(upstream.calls).toHaveLength(400);
    expect(upstream.calls.some((call) => call.answered || call.abortedAtMs !== undefined)).toBe(false);
    expect(await shared.gateway.metrics()).toMatch(/tokligence_active_streams 400\n/);
    expect((await fetch(`${shared.gateway.url}/readyz`)).status).toBe(200);
    for (const client of clients) client.reset();
    await eventually(
      "all are stopped",
      () => upstream.calls.every((call) => call.abortedAtMs !== undefined),
      allowedMs,
    );
    await eventually("no stream is left", async () =>
      (await shared.gateway.metrics()).includes("tokligence_active_streams 0\n"),
    );
  },
  2 * allowedMs,
);

test(
  "F52 three hundred streams with pauses between their words all come to their end",
  async () => {
    upstream.script({ ...stream(["a", "b", "c"]), intervalMs: 100 });
    const clients = await callers(300, { stream: true });
    await everyone("three hundred ends", clients, "data: [DONE]");
    for (const client of clients) expect(client.text()).not.toContain('"error"');
    for (const client of clients) client.reset();
  },
  2 * allowedMs,
);

test(
  "F52 six hundred calls at once reach the provider at once, each is answered, and each has a row of its own",
  async () => {
    const before = (await shared.gateway.logs()).map((row) => row.request_id);
    upstream.script({ ...completion(), headDelayMs: 1_500 });
    const clients = await callers(600, {});
    await eventually("six hundred calls", () => upstream.calls.length === 600, allowedMs);
    await everyone("six hundred answers", clients, "Hello there!");
    for (const client of clients) expect(client.text()).toStartWith("HTTP/1.1 200 ");
    expect(upstream.calls).toHaveLength(600);
    const rows = (await shared.gateway.logs()).slice(0, 600);
    expect(new Set(rows.map((row) => row.request_id)).isDisjointFrom(new Set(before))).toBe(true);
    expect(rows.every((row) => row.outcome === "finished" && row.output_tokens === 3)).toBe(true);
    for (const client of clients) client.reset();
  },
  2 * allowedMs,
);

test("a call beyond max_concurrent_requests is refused with 503 and Retry-After, and costs nobody anything", async () => {
  using slow = new FakeUpstream({ events: [chunk({ content: "first " })], end: "hang" });
  await using small = await startGateway({ upstreams: { up: slow }, ini: "[gateway]\nmax_concurrent_requests = 2" });
  const request = rawChat(small.url, JSON.stringify(chatBody({ stream: true })));
  const clients = [await RawClient.connect(small.url), await RawClient.connect(small.url)];
  for (const client of clients) void client.send(request);
  await everyone("two streams", clients, "first ");
  using third = await RawClient.connect(small.url);
  await third.send(request);
  const answer = await third.answer();
  expect([answer.status, answer.headers["retry-after"], JSON.parse(answer.body).error.code]).toEqual([
    503,
    "1",
    "overloaded",
  ]);
  expect([slow.calls.length, (await small.logs()).length]).toEqual([2, 0]);
  for (const client of clients) client.reset();
  await eventually("a place is free again", async () => {
    using next = await RawClient.connect(small.url);
    await next.send(request);
    return (await next.answer()).status === 200;
  });
});
