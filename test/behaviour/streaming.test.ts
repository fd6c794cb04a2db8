import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, chatStream, contentOf, errorOf } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { dataOf, FrameReader, framesOf } from "../harness/frame-reader.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { rawServer } from "../harness/raw-server.ts";
import { chunk, completion, failure, stream } from "../harness/upstream-script.ts";

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({
    upstreams: { up: upstream },
    ini: "[gateway]\ncommit_after_ms = 100\nheartbeat_interval = 0.03\nmax_retries = 0\n",
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const doneFrame = "data: [DONE]";
const comments = (frames: readonly string[]): readonly string[] => frames.filter((frame) => frame.startsWith(":"));
const text = (frames: readonly string[]): string =>
  frames
    .map(dataOf)
    .flatMap((data) => (data?.["choices"] ?? []) as readonly { delta: { content?: string } }[])
    .map(({ delta }) => delta.content ?? "")
    .join("");
const usages = (frames: readonly string[]): unknown[] => frames.map(dataOf).flatMap((data) => data?.["usage"] ?? []);

test("T-20 usage of a stream is booked once and not shown to a caller who did not ask for it", async () => {
  upstream.script(stream(["Hi", " you"]));
  const answer = await chatStream(gateway);
  const frames = await framesOf(answer);
  expect([text(frames), usages(frames), frames.at(-1)]).toEqual(["Hi you", [], doneFrame]);
  const [row] = await gateway.logs();
  expect(row?.request_id).toBe(answer.headers.get("x-request-id") ?? "");
  expect(row).toMatchObject({ input_tokens: 7, output_tokens: 2, usage_source: "upstream", outcome: "finished" });
});

test("usage stays in the stream of a caller who asked for it", async () => {
  upstream.script(stream(["Hi"]));
  const frames = await framesOf(await chatStream(gateway, { stream_options: { include_usage: true } }));
  expect(usages(frames)).toEqual([{ prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 }]);
});

test("T-20 usage repeated on every chunk, choices beside it, counts once", async () => {
  const usage = (completion_tokens: number) => ({ prompt_tokens: 40, completion_tokens });
  upstream.script({
    events: [
      { ...chunk({ content: "a" }), usage: usage(1) },
      { ...chunk({ content: "b" }), usage: usage(2) },
      { ...chunk({}, "stop"), usage: usage(2) },
      { ...chunk({}), choices: [], usage: usage(2) },
      "[DONE]",
    ],
  });
  await framesOf(await chatStream(gateway));
  expect((await gateway.logs())[0]).toMatchObject({ input_tokens: 40, output_tokens: 2 });
});

test("T-21 an explicit zero of the provider stays zero", async () => {
  upstream.script({
    events: [
      chunk({ content: "" }, "stop"),
      { ...chunk({}), choices: [], usage: { prompt_tokens: 5, completion_tokens: 0 } },
      "[DONE]",
    ],
  });
  await framesOf(await chatStream(gateway));
  expect((await gateway.logs())[0]).toMatchObject({ input_tokens: 5, output_tokens: 0, usage_source: "upstream" });
});

test("T-44 events are forwarded as they come: the caller reads the first while the provider still writes", async () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
  const frame = (content: string, finish: string | null = null) =>
    `data: ${JSON.stringify(chunk({ content }, finish))}\n\n`;
  const readerHasFirst = Promise.withResolvers<void>();
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send(head + frame("first"));
    await readerHasFirst.promise;
    await peer.send(`${frame("second", "stop")}data: [DONE]\n\n`);
    peer.end();
  });
  await using slow = await startGateway({ upstreams: { up: { url: `${server.url}/v1` } } });
  const reader = new FrameReader(await chatStream(slow));
  expect(text([(await reader.next()) ?? ""])).toBe("first");
  readerHasFirst.resolve();
  const rest = await reader.rest();
  expect([text(rest), rest.at(-1)]).toEqual(["second", doneFrame]);
});

test.each([
  ["as its status", failure(500), 502, "upstream_error"],
  ["as its first event", { events: [{ error: { message: "Overloaded", code: 503 } }] }, 503, "upstream_overloaded"],
  [
    "after an empty start",
    { events: [chunk({ role: "assistant" }), { error: { message: "x", type: "rate_limit_error" } }] },
    429,
    undefined,
  ],
] as const)("an error before content, %s, is a real status and no stream", async (_, script, status, code) => {
  upstream.script(script);
  const answer = await chatStream(gateway);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/json"]);
  const error = await errorOf(answer);
  if (code !== undefined) expect(error["code"]).toBe(code);
});

test("a slow stream is committed: 200 and heartbeats first, then the answer, nothing missing", async () => {
  upstream.script({ ...stream(["late"]), headDelayMs: 600 });
  const answer = await chatStream(gateway);
  const reader = new FrameReader(answer);
  const first = await reader.next();
  expect([answer.status, first?.startsWith(":")]).toEqual([200, true]);
  const rest = await reader.rest();
  expect([text(rest), rest.at(-1)]).toEqual(["late", doneFrame]);
  expect(comments(rest).length).toBeGreaterThan(1);
});

test("T-10 a failure after the commit is an error event of the protocol, and no clean end follows", async () => {
  upstream.script({ ...failure(500), headDelayMs: 600 });
  const answer = await chatStream(gateway);
  const frames = await framesOf(answer);
  expect(answer.status).toBe(200);
  const last = frames.at(-1) ?? "";
  expect(dataOf(last)).toMatchObject({ error: { code: "upstream_error", type: "upstream_error" } });
  expect(frames).not.toContain(doneFrame);
  expect((await gateway.logs())[0]).toMatchObject({ outcome: "failed", error_code: "upstream_error", stream: true });
});

test("an unstreamed call never commits early: it waits, and fails with a real status", async () => {
  upstream.script({ ...failure(500), headDelayMs: 300 });
  expect((await chat(gateway)).status).toBe(502);
  upstream.script({ ...completion("late but whole"), headDelayMs: 300 });
  const answer = await chat(gateway);
  expect([answer.status, await contentOf(answer)]).toEqual([200, "late but whole"]);
});

test("T-42 silence inside a stream is filled with heartbeats, and they change nothing of the answer", async () => {
  upstream.script({ ...stream(["a", "b"]), intervalMs: 150 });
  const frames = await framesOf(await chatStream(gateway));
  expect(comments(frames).length).toBeGreaterThan(2);
  expect(text(frames)).toBe("ab");
  expect(frames.at(-1)).toBe(doneFrame);
});

test("T-10 a stream that breaks after content ends with an error event and without [DONE]", async () => {
  for (const script of [
    { events: [chunk({ content: "half" })], end: "cut" as const },
    { events: [chunk({ content: "half" }), { error: { message: "Gone.", type: "server_error" } }] },
  ]) {
    upstream.script(script);
    const frames = await framesOf(await chatStream(gateway));
    expect(text(frames.filter((frame) => !frame.includes('"error"')))).toBe("half");
    expect(dataOf(frames.at(-1) ?? "")).toHaveProperty("error");
    expect(frames).not.toContain(doneFrame);
    expect((await gateway.logs())[0]).toMatchObject({ outcome: "failed" });
  }
});

test("T-07 an event of half a megabyte passes whole", async () => {
  const long = "x".repeat(500_000);
  upstream.script(stream([long]));
  expect(text(await framesOf(await chatStream(gateway)))).toBe(long);
});

test("the built-in model streams too, and shows usage only when asked", async () => {
  const fields = { model: "loopback", messages: [{ role: "user", content: "one two three" }] };
  const frames = await framesOf(await chatStream(gateway, fields));
  expect(frames.at(-1)).toBe(doneFrame);
  expect(usages(frames)).toEqual([]);
  const asked = await framesOf(await chatStream(gateway, { ...fields, stream_options: { include_usage: true } }));
  expect(usages(asked)).toHaveLength(1);
  expect(text(asked)).toBe(text(frames));
});

test("an event stream says that nobody may keep or buffer it", async () => {
  upstream.script(stream());
  const answer = await chatStream(gateway);
  await answer.text();
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("x-accel-buffering")).toBe("no");
});
