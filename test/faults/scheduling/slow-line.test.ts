/** F53, the line: what a slow and lossy one costs its own call, and what it costs others. */
import { expect, test } from "bun:test";
import { chatBody } from "../../harness/chat-text.ts";
import { chat, chatStream, contentOf } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { startGateway } from "../../harness/gateway.ts";
import { residentMebibytes } from "../../harness/process-memory.ts";
import { metric } from "../../harness/queue.ts";
import { RawClient, rawChat } from "../../harness/raw-client.ts";
import { answer, rawServer } from "../../harness/raw-server.ts";
import { slowLine } from "../../harness/slow-line.ts";
import { bodyBytes, chunk, completion, stream } from "../../harness/upstream-script.ts";
import { control, places, running } from "./limited-gateway.ts";

const modem = 7_000;
const mebibyte = 1024 * 1024;
const event = Buffer.from(`data: ${JSON.stringify(chunk({ content: "~".repeat(65_536) }))}\n\n`);
const endlessly = Math.ceil((200 * mebibyte) / event.length);
const whole = answer(bodyBytes(completion().body).toString(), "content-type: application/json\r\n");

/** A provider that answers "long" with far more than anybody reads, and everything else with a short answer. */
async function longWinded() {
  let sentBytes = 0;
  let left = false;
  const server = await rawServer(async (peer) => {
    for (;;) {
      const request = await peer.request();
      if (!new TextDecoder().decode(request.body).includes("long")) {
        await peer.send(whole);
        continue;
      }
      void peer.closed().then(() => {
        left = true;
      });
      await peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
      for (let index = 0; index < endlessly; index += 1) {
        await peer.send(event);
        sentBytes += event.length;
      }
    }
  });
  return {
    url: `${server.url}/v1`,
    sentBytes: () => sentBytes,
    left: () => left,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test("F53 a reader at 56 kbit/s holds one place and no more: its provider is paused, memory stays, others are served, and it frees the place when it goes", async () => {
  await using upstream = await longWinded();
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini: places(2) });
  await using line = await slowLine(gateway.url, { bytesPerSecond: modem });
  const idle = residentMebibytes(gateway.pid);
  const inFlight = () => metric(gateway, 'tokligence_inflight_requests{deployment="up/test-model"}');
  using reader = await RawClient.connect(line.url);
  const long = chatBody({ stream: true, messages: [{ role: "user", content: "long" }] });
  await reader.send(rawChat(gateway.url, JSON.stringify(long)));
  await eventually("its first bytes", () => reader.received > 0);

  let before = -1;
  await eventually("the provider is paused", async () => {
    if (upstream.sentBytes() === before) return true;
    before = upstream.sentBytes();
    await Bun.sleep(200);
    return false;
  });
  expect(residentMebibytes(gateway.pid) - idle).toBeLessThan(128);
  for (let round = 0; round < 5; round += 1) {
    const others = await Promise.all(Array.from({ length: 4 }, () => chat(gateway)));
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const other of others) expect(await contentOf(other)).toBe("Hello there!");
  }
  await eventually("its place alone is taken", async () => (await inFlight()) === 1);
  expect(await control(gateway, "/api/v1/scheduler")).toMatchObject({ queued: 0, in_flight: 1 });
  expect(upstream.sentBytes()).toBeLessThan(32 * mebibyte);
  expect(upstream.left()).toBe(false);

  reader.reset();
  await eventually("the provider is left", () => upstream.left());
  await eventually("nobody runs", async () => (await running(gateway)) === 0);
  expect(await inFlight()).toBe(0);
  expect(await control(gateway, "/api/v1/scheduler")).toMatchObject({ queued: 0, in_flight: 0 });
  const row = await eventually("its row", async () =>
    (await gateway.logs()).find(({ outcome }) => outcome === "aborted"),
  );
  expect(row).toMatchObject({ error_code: "client_closed", usage_source: "estimated" });
}, 20_000);

test("F53 over 56 kbit/s that loses one segment of twenty, in front of the gateway or behind it, answers arrive whole, each asked for once", async () => {
  const words = Array.from({ length: 40 }, (_, index) => `word-${index} `);
  using upstream = new FakeUpstream(stream(words));
  const quality = { bytesPerSecond: modem, latencyMs: 100, losesOneOf: 20 };
  await using behind = await slowLine(upstream.origin, quality);
  await using gateway = await startGateway({
    upstreams: { up: upstream, far: { url: `${behind.url}/v1` } },
    ini: `${places(4)}[provider.far.test-model]\nmax_concurrent = 4\n[routes]\nfar/* = far\n`,
  });
  await using front = await slowLine(gateway.url, quality);
  const ways = [
    ...[1, 2].map(() => chatStream({ url: front.url })),
    ...[1, 2].map(() => chatStream(gateway, { model: "far/test-model" })),
  ];
  for (const arriving of await Promise.all(ways)) {
    expect(arriving.status).toBe(200);
    const text = await arriving.text();
    for (const word of words) expect(text).toContain(JSON.stringify(word));
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  }
  expect(upstream.calls).toHaveLength(ways.length);
  expect(Math.min(front.lost, behind.lost)).toBeGreaterThan(0);
  await eventually("nobody runs", async () => (await running(gateway)) === 0);
  const rows = await eventually("their rows", async () => {
    const booked = await gateway.logs();
    return booked.length >= ways.length ? booked : undefined;
  });
  expect(rows.map(({ outcome }) => outcome)).toEqual(["finished", "finished", "finished", "finished"]);
}, 20_000);
