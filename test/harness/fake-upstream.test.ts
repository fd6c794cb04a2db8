import { expect, test } from "bun:test";
import { eventually } from "./eventually.ts";
import { FakeUpstream } from "./fake-upstream.ts";
import { completion, cutOff, failure, stream } from "./upstream-script.ts";

const post = (upstream: FakeUpstream, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${upstream.url}/chat/completions`, { method: "POST", body: JSON.stringify(body), signal: signal ?? null });

test("calls are recorded with headers and bytes, scripts are used in order and the last one stays", async () => {
  using upstream = new FakeUpstream(failure(429, "Slow down.", { "retry-after": "1" }), completion("two"));
  const first = await post(upstream, { model: "a" });
  expect([first.status, first.headers.get("retry-after")]).toEqual([429, "1"]);
  for (const model of ["b", "c"]) {
    const answer = await post(upstream, { model });
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: "two" } }] });
  }
  expect(upstream.calls.map((call) => [call.path, call.json().model, call.answered])).toEqual([
    ["/v1/chat/completions", "a", true],
    ["/v1/chat/completions", "b", true],
    ["/v1/chat/completions", "c", true],
  ]);
});

test("a stream arrives event by event and ends cleanly", async () => {
  using upstream = new FakeUpstream({ ...stream(["x", "y"]), intervalMs: 2 });
  const text = await (await post(upstream, {})).text();
  expect(text.split("\n\n").length).toBe(7);
  expect(text).toEndWith("data: [DONE]\n\n");
});

test("a cut stream fails at the reader", async () => {
  using upstream = new FakeUpstream({ ...stream(), end: "cut" });
  const answer = await post(upstream, {});
  await expect(answer.text()).rejects.toThrow();
});

test("a caller that leaves a silent answer is seen", async () => {
  using upstream = new FakeUpstream({ headDelayMs: Number.POSITIVE_INFINITY });
  const leaving = new AbortController();
  const answer = post(upstream, {}, leaving.signal).catch((error: unknown) => error);
  await eventually("the call arrives", () => upstream.calls.length === 1);
  leaving.abort();
  await eventually("the upstream notices", () => upstream.calls[0]?.abortedAtMs !== undefined);
  expect(await answer).toBeInstanceOf(Error);
});

test("a body larger than the socket buffer arrives whole", async () => {
  using upstream = new FakeUpstream({ body: "z".repeat(5_000_000) });
  expect((await (await post(upstream, {})).text()).length).toBe(5_000_000);
});

test("a script may look at the call; calls are found by the end of their path", async () => {
  using upstream = new FakeUpstream((call) => completion(`You asked ${String(call.json()["model"])}.`));
  for (const model of ["a", "b"]) {
    const answer = await post(upstream, { model });
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: `You asked ${model}.` } }] });
  }
  await fetch(`${upstream.origin}/v1/messages?beta=true`, { method: "POST", body: "{}" });
  expect(upstream.callsTo("/chat/completions").length).toBe(2);
  expect(upstream.callsTo("/messages").map((call) => call.path)).toEqual(["/v1/messages?beta=true"]);
});

test("events may have names, and lines any end", async () => {
  using upstream = new FakeUpstream(
    { named: true, events: [{ type: "ping" }] },
    { lineEnd: "\r\n", events: [{ candidates: [] }] },
  );
  expect(await (await post(upstream, {})).text()).toBe('event: ping\ndata: {"type":"ping"}\n\n');
  expect(await (await post(upstream, {})).text()).toBe('data: {"candidates":[]}\r\n\r\n');
});

test("an answer that is cut off keeps its beginning", async () => {
  using upstream = new FakeUpstream(cutOff(stream(["x", "y"]), 2));
  const answer = await post(upstream, {});
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow();
});
