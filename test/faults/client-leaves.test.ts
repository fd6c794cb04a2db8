import { expect, test } from "bun:test";
import { chatBody, postChat } from "../harness/chat-text.ts";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import type { RecordedCall } from "../harness/fake-upstream.ts";
import { RawClient, rawChat } from "../harness/raw-client.ts";
import { sharedGateway } from "../harness/shared-gateway.ts";
import { chunk, completion, stream } from "../harness/upstream-script.ts";

const shared = sharedGateway();
const { upstream } = shared;

const streamed = JSON.stringify(chatBody({ stream: true }));
const endless = { events: Array.from({ length: 5 }, () => chunk({ content: "word " })), end: "hang" as const };

const firstCall = (): Promise<RecordedCall> => eventually("a call", () => upstream.calls[0]);
const stopped = (call: RecordedCall): Promise<number> => eventually("the provider is stopped", () => call.abortedAtMs);

/** The caller hangs up, and the provider sees it within a second. */
async function stopsWithinASecond(call: RecordedCall, client: RawClient): Promise<void> {
  const leftAt = performance.now();
  client.reset();
  expect((await stopped(call)) - leftAt).toBeLessThan(1_000);
}

/** The row of the newest request, once `count` rows more than before are there. */
async function rowAfter(before: number, count = 1) {
  return await eventually("the row", async () => {
    const rows = await shared.gateway.logs();
    return rows.length >= before + count ? rows[0] : undefined;
  });
}

test.each([false, true])(
  "F23 a caller (stream: %p) that leaves before the first byte stops the provider within a second, and the row says aborted",
  async (stream) => {
    const before = (await shared.gateway.logs()).length;
    upstream.script({ headDelayMs: Number.POSITIVE_INFINITY });
    using client = await RawClient.connect(shared.gateway.url);
    await client.send(rawChat(shared.gateway.url, JSON.stringify(chatBody({ stream }))));
    const call = await firstCall();
    await stopsWithinASecond(call, client);

    const row = await rowAfter(before);
    expect(row).toMatchObject({
      outcome: "aborted",
      error_code: "client_closed",
      http_status: 499,
      output_tokens: 0,
    });
    // The provider has read its input: that is booked, as an estimate. The model has no price.
    expect(row).toMatchObject({ attempts: 1, usage_source: "estimated", cost_nanos: null, stream });
    expect((await shared.gateway.logs()).length).toBe(before + 1);
  },
);

test("T-44 a caller of embeddings that leaves stops the provider too", async () => {
  upstream.script({ headDelayMs: Number.POSITIVE_INFINITY });
  using client = await RawClient.connect(shared.gateway.url);
  const request = rawChat(shared.gateway.url, JSON.stringify({ model: "test-model", input: "text" }));
  await client.send(request.replace("/v1/chat/completions", "/v1/embeddings"));
  const call = await firstCall();
  const before = (await shared.gateway.logs()).length;
  client.reset();
  await stopped(call);
  expect(await rowAfter(before)).toMatchObject({ outcome: "aborted", operation: "embeddings", cost_nanos: null });
});

test("F24 T-22 T-44 a caller that leaves mid-stream stops the provider within a second and is booked once, by estimate", async () => {
  const before = (await shared.gateway.logs()).length;
  upstream.script(endless);
  using client = await RawClient.connect(shared.gateway.url);
  await client.send(rawChat(shared.gateway.url, streamed));
  await eventually("the words", () => client.text().split("word ").length > 5);
  const call = await firstCall();
  await stopsWithinASecond(call, client);

  const row = await rowAfter(before);
  expect(row).toMatchObject({
    outcome: "aborted",
    error_code: "client_closed",
    stream: true,
    usage_source: "estimated",
  });
  expect(row.output_tokens).toBeGreaterThan(0);
  expect(row.output_tokens).toBeLessThan(20);
  expect((await shared.gateway.logs()).length).toBe(before + 1);
  expect(await shared.gateway.metrics()).toMatch(/tokligence_active_streams 0\n/);
});

test("F23 a caller that leaves while a retry waits is not asked for again", async () => {
  upstream.script({ status: 503, headers: { "retry-after": "2" }, body: "{}" }, completion());
  using client = await RawClient.connect(shared.gateway.url);
  await client.send(rawChat(shared.gateway.url, JSON.stringify(chatBody())));
  await firstCall();
  const before = (await shared.gateway.logs()).length;
  client.reset();
  expect(await rowAfter(before)).toMatchObject({ outcome: "aborted", attempts: 1 });
  expect(upstream.calls).toHaveLength(1);
});

test("F22 a caller that leaves before its body is complete reaches no provider and leaves no place taken", async () => {
  using client = await RawClient.connect(shared.gateway.url);
  const whole = rawChat(shared.gateway.url, streamed);
  await client.send(whole.slice(0, -5));
  const inFlight = async (): Promise<number> => {
    const answer = await fetch("http://localhost/api/v1/status", { unix: `${shared.gateway.configDir}/control.sock` });
    return ((await answer.json()) as { in_flight: number }).in_flight;
  };
  await eventually("the request is being read", async () => (await inFlight()) === 1);
  client.reset();
  await eventually("its place is free", async () => (await inFlight()) === 0);
  expect(upstream.calls).toHaveLength(0);
});

test("F26 a caller that half-closes after its request counts as gone: the provider is stopped", async () => {
  upstream.script(endless);
  using client = await RawClient.connect(shared.gateway.url);
  await client.send(rawChat(shared.gateway.url, streamed));
  const call = await firstCall();
  client.end();
  await stopped(call);
});

test("F25 thirty callers that leave large streams at once do not keep the probes from answering", async () => {
  const before = (await shared.gateway.logs()).length;
  upstream.script({ events: Array.from({ length: 640 }, () => chunk({ content: "x".repeat(8_192) })), end: "hang" });
  const clients = await Promise.all(Array.from({ length: 30 }, () => RawClient.connect(shared.gateway.url)));
  for (const client of clients) {
    client.stopReading();
    await client.send(rawChat(shared.gateway.url, streamed));
  }
  await eventually("thirty calls", () => upstream.calls.length === 30);
  for (const client of clients) client.reset();
  let slowestMs = 0;
  await eventually("thirty stopped providers", async () => {
    const askedAt = performance.now();
    expect((await fetch(`${shared.gateway.url}/readyz`)).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - askedAt);
    return upstream.calls.every((call) => call.abortedAtMs !== undefined);
  });
  expect(slowestMs).toBeLessThan(1_000);
  await rowAfter(before, 30);
  const rows = (await shared.gateway.logs()).slice(0, 30);
  expect(new Set(rows.map((row) => row.request_id)).size).toBe(30);
  expect(rows.every((row) => row.outcome === "aborted")).toBe(true);
});

test("T-44 callers that come and go a hundred times leave no place taken, and whoever was served has a row", async () => {
  const before = (await shared.gateway.logs()).length;
  upstream.script(stream());
  for (let round = 0; round < 100; round += 1) {
    const leave = new AbortController();
    const response = postChat(shared.gateway, streamed, { signal: leave.signal }).then(
      (answer) => answer,
      () => undefined,
    );
    if (round % 2 === 0) await response;
    leave.abort();
    await response;
  }
  expect((await chat(shared.gateway)).status).toBe(200);
  expect(await shared.gateway.metrics()).toMatch(/tokligence_active_streams 0\n/);
  // A caller that was gone before its request was complete has asked for nothing.
  await rowAfter(before, 51);
});
