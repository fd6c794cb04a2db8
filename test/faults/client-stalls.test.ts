import { expect, test } from "bun:test";
import { chatBody } from "../harness/chat-text.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { startGateway } from "../harness/gateway.ts";
import { residentMebibytes } from "../harness/process-memory.ts";
import { RawClient, rawChat } from "../harness/raw-client.ts";
import { rawServer } from "../harness/raw-server.ts";
import { chunk, completion } from "../harness/upstream-script.ts";

const mebibyte = 1024 * 1024;
const event = Buffer.from(`data: ${JSON.stringify(chunk({ content: "~".repeat(65_536) }))}\n\n`);
const events = Math.ceil((200 * mebibyte) / event.length);
const streamed = JSON.stringify(chatBody({ stream: true }));

test("F12 a caller that stops reading pauses the provider, costs bounded memory, and is ended after client_stall_timeout", async () => {
  let sentBytes = 0;
  let closedAtMs: number | undefined;
  await using upstream = await rawServer(async (peer) => {
    void peer.closed().then((at) => {
      closedAtMs = at;
    });
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
    for (let index = 0; index < events; index += 1) {
      await peer.send(event);
      sentBytes += event.length;
    }
  });
  await using gateway = await startGateway({
    upstreams: { up: { url: `${upstream.url}/v1` } },
    ini: "[gateway]\nclient_stall_timeout = 1",
  });
  const idle = residentMebibytes(gateway.pid);
  using client = await RawClient.connect(gateway.url);
  client.stopReading();
  await client.send(rawChat(gateway.url, streamed));

  let mostMebibytes = 0;
  await eventually(
    "the provider is stopped",
    () => {
      mostMebibytes = Math.max(mostMebibytes, residentMebibytes(gateway.pid) - idle);
      return closedAtMs !== undefined;
    },
    15_000,
  );
  expect(sentBytes).toBeGreaterThan(mebibyte / 2);
  expect(sentBytes).toBeLessThan(64 * mebibyte);
  expect(mostMebibytes).toBeLessThan(128);
  const [row] = await eventually("the row", async () => {
    const rows = await gateway.logs();
    return rows.length > 0 ? rows : undefined;
  });
  expect(row).toMatchObject({ outcome: "aborted", error_code: "client_closed", usage_source: "estimated" });
});

test("F12 a caller that pauses and goes on reading in time gets every byte", async () => {
  const count = 600;
  await using upstream = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
    for (let index = 0; index < count; index += 1) await peer.send(event);
    await peer.send(`data: ${JSON.stringify(chunk({}, "stop"))}\n\ndata: [DONE]\n\n`);
    peer.end();
  });
  await using gateway = await startGateway({ upstreams: { up: { url: `${upstream.url}/v1` } } });
  using client = await RawClient.connect(gateway.url);
  await client.send(rawChat(gateway.url, streamed));
  for (let pauses = 0; pauses < 3; pauses += 1) {
    const received = client.received;
    await eventually("more bytes", () => client.received > received);
    client.stopReading();
    await Bun.sleep(50);
    client.resumeReading();
  }
  await eventually("the end", () => client.received > count * event.length, 15_000);
  await eventually("the last event", () => client.text().endsWith("0\r\n\r\n"));
  expect(client.text()).toContain("data: [DONE]");
  expect(client.text().split("~")).toHaveLength(count * 65_536 + 1);
});

test("F12 F21 neither an answer that nobody reads nor a connection that lies idle after a call is kept for ever", async () => {
  const words = 40 * mebibyte;
  using upstream = new FakeUpstream(completion("~".repeat(words)), completion());
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nkeep_alive_timeout = 1" });
  const unstreamed = rawChat(gateway.url, JSON.stringify(chatBody()));
  using unread = await RawClient.connect(gateway.url);
  unread.stopReading();
  await unread.send(unstreamed);
  await eventually("its row", async () => (await gateway.logs()).length === 1);
  using idle = await RawClient.connect(gateway.url);
  await idle.send(unstreamed);
  expect((await idle.answer()).status).toBe(200);
  expect(idle.closed).toBe(false);
  await idle.ended(25_000);
  unread.resumeReading();
  await unread.ended();
  expect(unread.received).toBeLessThan(words);
}, 40_000);
