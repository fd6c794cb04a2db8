import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { dataLines, saidText } from "../harness/chat-text.ts";
import { chat, errorOf } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { rawServer } from "../harness/raw-server.ts";
import { chunk, completion, stream } from "../harness/upstream-script.ts";

const slow = new FakeUpstream();
const spare = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({
    upstreams: { slow, spare, patient: slow },
    ini: `
[gateway]
request_timeout = 1
commit_after_ms = 100
heartbeat_interval = 0.05
stream_idle_timeout = 0.5
stream_total_timeout = 2
[provider.slow]
timeout = 0.3
[routes]
alone = slow
either = slow, spare
patient = patient`,
  });
});
beforeEach(() => {
  slow.calls.length = 0;
  spare.calls.length = 0;
  slow.script({ headDelayMs: Number.POSITIVE_INFINITY });
  spare.script(completion("from the spare"));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  slow.stop();
  spare.stop();
});

const newestRow = async () => (await gateway.logs())[0];
const allStopped = () =>
  eventually("every provider call is stopped", () => slow.calls.every((call) => call.abortedAtMs));

function expectErrorEvent(text: string, code: string): void {
  expect(JSON.parse(dataLines(text).at(-1) ?? "{}")).toMatchObject({ error: { code } });
  expect(text).not.toContain("[DONE]");
}

test("F32 a provider that never answers is 504, once, and its connection is closed", async () => {
  const response = await chat(gateway, { model: "alone" });
  expect([response.status, (await errorOf(response)).code]).toEqual([504, "upstream_timeout"]);
  await allStopped();
  expect(slow.calls).toHaveLength(1);
  expect(await newestRow()).toMatchObject({
    outcome: "failed",
    error_code: "upstream_timeout",
    attempts: 1,
    cost_nanos: null,
  });
});

test("F32 T-45 a provider that never answers gives way to the next one, streamed or not", async () => {
  const whole = await chat(gateway, { model: "either" });
  expect([whole.status, await whole.json()]).toEqual([200, completion("from the spare").body]);
  spare.script(stream(["once", " only"]));
  const text = await (await chat(gateway, { model: "either", stream: true })).text();
  expect(saidText(text)).toBe("once only");
  expect(dataLines(text).at(-1)).toBe("[DONE]");
  expect([slow.calls.length, spare.calls.length]).toEqual([2, 2]);
  expect(await newestRow()).toMatchObject({ outcome: "finished", provider: "spare", attempts: 2 });
  await allStopped();
});

test("F32 a refusal whose body never ends gives way to the next provider too", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 503 Busy\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{");
  });
  await using other = await startGateway({
    upstreams: { stuck: { url: `${server.url}/v1` }, spare },
    ini: "[provider.stuck]\ntimeout = 0.3\n[routes]\neither = stuck, spare",
  });
  const response = await chat(other, { model: "either" });
  expect([response.status, response.headers.get("x-tokligence-provider")]).toEqual([200, "spare"]);
  await eventually("the stuck connection is closed", () => server.open === 0);
});

test("F33 T-38 a provider that falls silent in mid-stream is ended by the idle clock: error event, row, no second call", async () => {
  slow.script({ events: [chunk({ content: "Hello" })], end: "hang" });
  const text = await (await chat(gateway, { model: "either", stream: true })).text();
  expect(saidText(text.slice(0, text.indexOf('{"error"') - 6))).toBe("Hello");
  expectErrorEvent(text, "upstream_timeout");
  await allStopped();
  expect([slow.calls.length, spare.calls.length]).toEqual([1, 0]);
  expect(await newestRow()).toMatchObject({ outcome: "failed", error_code: "upstream_timeout", stream: true });
});

test("F33 comments of a provider that thinks count as life", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n");
    await peer.send(`data: ${JSON.stringify(chunk({ content: "Hel" }))}\n\n`);
    for (let beats = 0; beats < 6; beats += 1) {
      await Bun.sleep(150);
      await peer.send(": still here\n\n");
    }
    await peer.send(`data: ${JSON.stringify(chunk({ content: "lo" }, "stop"))}\n\ndata: [DONE]\n\n`);
    peer.end();
  });
  await using other = await startGateway({
    upstreams: { up: { url: `${server.url}/v1` } },
    ini: "[gateway]\nstream_idle_timeout = 0.5",
  });
  const text = await (await chat(other, { stream: true })).text();
  expect([saidText(text), dataLines(text).at(-1)]).toEqual(["Hello", "[DONE]"]);
});

test("F50 a stream that trickles for ever is ended by the total clock", async () => {
  slow.script({ events: Array.from({ length: 1_000 }, () => chunk({ content: "x" })), intervalMs: 20 });
  const text = await (await chat(gateway, { model: "patient", stream: true })).text();
  expectErrorEvent(text, "upstream_timeout");
  await allStopped();
  expect(await newestRow()).toMatchObject({ outcome: "failed", error_code: "upstream_timeout" });
});

test("F50 an unstreamed answer that trickles is 504 after request_timeout, however alive it looks", async () => {
  let closed = false;
  await using server = await rawServer(async (peer) => {
    void peer.closed().then(() => {
      closed = true;
    });
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n");
    for (;;) {
      await peer.send(" ");
      await Bun.sleep(20);
    }
  });
  await using other = await startGateway({
    upstreams: { up: { url: `${server.url}/v1` } },
    ini: "[gateway]\nrequest_timeout = 0.5",
  });
  const response = await chat(other);
  expect(response.status).toBe(504);
  await response.text();
  await eventually("the provider is stopped", () => closed);
});

test("T-42 a stream that waits is committed, filled with heartbeats until the first token, and whole", async () => {
  slow.script({ ...stream(["late", " words"]), headDelayMs: 500 });
  const response = await chat(gateway, { model: "patient", stream: true });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const text = await response.text();
  const beats = text
    .slice(0, text.indexOf("data:"))
    .split(/\n\n/)
    .filter((frame) => frame.startsWith(":"));
  expect(beats.length).toBeGreaterThan(1);
  expect([saidText(text), dataLines(text).at(-1)]).toEqual(["late words", "[DONE]"]);
});

test("T-42 T-10 a stream that was committed and then fails says so as an event, in a 200", async () => {
  slow.script({ status: 500, headDelayMs: 250, body: { error: { message: "no", type: "x" } } });
  const response = await chat(gateway, { model: "alone", stream: true });
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(JSON.parse(dataLines(text).at(-1) ?? "{}")).toHaveProperty("error");
  expect(text).not.toContain("[DONE]");
  expect((await newestRow())?.outcome).toBe("failed");
});

test("T-43 the clock of the first token is off once the stream runs: a stream may outlast it, and pause", async () => {
  slow.script({ ...stream(["a", "b", "c", "d"]), intervalMs: 200 });
  const text = await (await chat(gateway, { model: "patient", stream: true })).text();
  expect([saidText(text), dataLines(text).at(-1)]).toEqual(["abcd", "[DONE]"]);
  expect((await newestRow())?.latency_ms).toBeGreaterThan(1_000);
});

test("T-43 the caller's own deadline ends a call that is still waiting, and the provider with it", async () => {
  const response = await chat(
    gateway,
    { model: "patient" },
    {
      headers: { "x-tokligence-deadline-ms": "200" },
    },
  );
  expect([response.status, (await errorOf(response)).code]).toEqual([504, "deadline_exceeded"]);
  await allStopped();
  expect(slow.calls[0]?.headers["x-tokligence-deadline-ms"]).toBeUndefined();
});

test("T-38 sixty calls that hang do not keep the next one from its provider", async () => {
  const hanging = Array.from({ length: 60 }, () => chat(gateway, { model: "patient" }));
  await eventually("sixty calls", () => slow.calls.length === 60);
  slow.script(completion());
  const response = await chat(gateway, { model: "patient" });
  expect(response.status).toBe(200);
  const statuses = await Promise.all(hanging.map(async (each) => (await each).status));
  expect(new Set(statuses)).toEqual(new Set([504]));
  await eventually("all sixty are stopped", () => slow.calls.filter((call) => call.abortedAtMs).length === 60);
});
