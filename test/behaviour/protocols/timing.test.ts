import { expect, test } from "bun:test";
import { postJson } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { startGateway } from "../../harness/gateway.ts";
import { residentMebibytes } from "../../harness/process-memory.ts";
import { RawClient } from "../../harness/raw-client.ts";
import { rawServer } from "../../harness/raw-server.ts";
import { chunk, cutOff } from "../../harness/upstream-script.ts";
import { type Pair, sixteenPairs } from "../../harness/wires/pairs.ts";
import { framesIn } from "../../harness/wires/wire.ts";

/** Heartbeats in hundredths of seconds, where callers see them every 15 s. */
const pairs = sixteenPairs(() => "[gateway]\ncommit_after_ms = 60\nheartbeat_interval = 0.03\n");
const words = "one two three four five six";

const opened = (pair: Pair, signal?: AbortSignal): Promise<Response> => {
  const { client, provider } = pair;
  const body = client.sent(client.begin({ text: "Hi" }), provider.model, true);
  return postJson(pairs.gateway.url + client.path(provider.model, true), body, signal === undefined ? {} : { signal });
};

test.each(pairs.table)(
  "pitfall 61 T-42 %s: silence before and inside a stream is filled in the caller's dialect",
  async (_, pair) => {
    const { speech } = pair.provider;
    pair.provider.holds([{ script: { ...speech.stream({ text: "one two" }), headDelayMs: 400, intervalMs: 40 } }]);
    const text = await (await opened(pair)).text();
    const beat = pair.client.name === "anthropic-messages" ? /^event: ping\n/gm : /^:.*\r?\n/gm;
    expect(text.match(beat)?.length ?? 0).toBeGreaterThan(3);
    expect(text.search(beat)).toBeLessThan(text.indexOf("one"));
    // A ping may come before everything else, and is no part of the message.
    const frames = framesIn(text).filter(({ event }) => event !== "ping");
    expect(pair.client.streamed(frames)).toMatchObject({ text: "one two", isWhole: true });
  },
);

test.each(pairs.table)(
  "pitfall 62 T-44 T-22 %s: a caller that closes is a close at the provider within a second, and what was said is booked",
  async (_, pair) => {
    const { speech } = pair.provider;
    pair.provider.holds([{ script: { ...cutOff(speech.stream({ text: words })), end: "hang" } }]);
    const leaving = new AbortController();
    const answer = await opened(pair, leaving.signal);
    await answer.body?.getReader().read();
    const leftAtMs = performance.now();
    leaving.abort();
    const abortedAtMs = await eventually("the provider sees the close", () => pair.heard().abortedAtMs, 2_000);
    expect(abortedAtMs - leftAtMs).toBeLessThan(1_000);
    const row = await eventually("the row", async () => {
      const [newest] = await pairs.gateway.logs();
      return newest?.request_id === answer.headers.get("x-request-id") ? newest : undefined;
    });
    expect(row).toMatchObject({ outcome: "aborted", usage_source: "estimated" });
  },
);

test.each(pairs.table)("pitfall 64 %s: the first word is read while the provider still speaks", async (_, pair) => {
  const { speech } = pair.provider;
  pair.provider.holds([{ script: { ...cutOff(speech.stream({ text: words })), end: "hang" } }]);
  const answer = await opened(pair);
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes("one")) break;
  }
  expect(pair.heard().answered).toBe(false);
});

test("pitfall 63 ten callers that stop reading a long translated answer do not make memory grow with it", async () => {
  const event = Buffer.from(`data: ${JSON.stringify(chunk({ content: "~".repeat(65_536) }))}\n\n`);
  const sentBytes = new Map<number, number>();
  await using upstream = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
    for (let index = 0; index < 3_000; index += 1) {
      await peer.send(event);
      sentBytes.set(peer.number, (sentBytes.get(peer.number) ?? 0) + event.length);
    }
  });
  await using gateway = await startGateway({ upstreams: { up: { url: `${upstream.url}/v1` } } });
  const before = residentMebibytes(gateway.pid);
  const body = JSON.stringify({ model: "m", max_tokens: 9, stream: true, messages: [{ role: "user", content: "Hi" }] });
  const { host } = new URL(gateway.url);
  const clients: RawClient[] = [];
  for (let index = 0; index < 10; index += 1) {
    const client = await RawClient.connect(gateway.url);
    clients.push(client);
    client.stopReading();
    await client.send(
      `POST /v1/messages HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
  }
  // Sending has come to rest when nothing more was taken for a while.
  let last = -1;
  await eventually(
    "nobody takes any more",
    async () => {
      const sum = [...sentBytes.values()].reduce((total, bytes) => total + bytes, 0);
      const rests = sum === last && sentBytes.size === 10;
      last = sum;
      await Bun.sleep(150);
      return rests;
    },
    20_000,
  );
  // The answers are 197 MB each; what is on the way stands in the buffers of sockets.
  for (const bytes of sentBytes.values()) expect(bytes).toBeLessThan(32 * 1024 * 1024);
  expect(residentMebibytes(gateway.pid) - before).toBeLessThan(256);
  for (const client of clients) client.reset();
});
