import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import type { ModelReply } from "#core/model-call.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import { bytes } from "#http/plain-codec.ts";
import { reply, replyOf, type TestDoors, testDoors, untilAborted } from "#http/test-doors.ts";

const piece = (text: string): ReplyPiece => ({ events: [], raw: bytes(text) });
const stream = { model: "gpt-x", stream: true };

/** A reply that a test feeds by hand, and what became of it. */
function fedReply(signal: AbortSignal) {
  const waiting: { take: (next: IteratorResult<ReplyPiece, void>) => void }[] = [];
  const state = { pulled: 0, returned: false };
  const pieces: ModelReply["pieces"] = (async function* () {
    try {
      for (;;) {
        state.pulled += 1;
        const { promise, resolve } = Promise.withResolvers<IteratorResult<ReplyPiece, void>>();
        waiting.push({ take: resolve });
        const next = await Promise.race([promise, untilAborted(signal)]);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      state.returned = true;
    }
  })();
  const give = (next: IteratorResult<ReplyPiece, void>) => waiting.shift()?.take(next);
  return {
    state,
    reply: reply(pieces, "openai-chat"),
    give: (text: string) => give({ done: false, value: piece(text) }),
    end: () => give({ done: true, value: undefined }),
  };
}

async function openFed(doors: TestDoors, caller = new AbortController()) {
  let fed: ReturnType<typeof fedReply> | undefined;
  doors.gateway.answer = async ({ signal }) => {
    fed = fedReply(signal);
    return fed.reply;
  };
  const response = await doors.chat(stream, {}, caller.signal);
  if (fed === undefined || response.body === null) throw new Error("The stream did not open.");
  return { ...fed, response, reader: response.body.getReader() };
}

const textOf = (result: { value?: Uint8Array | undefined }) => new TextDecoder().decode(result.value);

test("a stream is the provider's own frames, under stream headers and ours", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () =>
    replyOf([piece("data: 1\n\n"), piece(""), piece("data: [DONE]\n\n")], "openai-chat");
  const response = await doors.chat(stream);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "x-request-id": "req_1",
    "x-tokligence-provider": "acme",
    "x-tokligence-model": "gpt-x",
  });
  expect(doors.meter.value("tokligence_active_streams")).toBe(1);
  expect(await response.text()).toBe("data: 1\n\ndata: [DONE]\n\n");
  expect(doors.meter.value("tokligence_active_streams")).toBe(0);
  expect(doors.meter.value("tokligence_http_requests_total", "/v1/chat/completions", "POST", "200")).toBe(1);
  expect(doors.app.inFlight()).toBe(0);
  expect(doors.clock.pending).toBe(0);
});

test("events without bytes of the caller's protocol are encoded one by one", async () => {
  const doors = testDoors();
  const text = (value: string) => ({ type: "text", choice: 0, text: value }) as const;
  doors.gateway.answer = async () => replyOf([{ events: [{ type: "start" }] }, { events: [text("a"), text("b")] }]);
  expect(await (await doors.chat(stream)).text()).toBe("ab");
});

test("nothing is taken from the provider that the reader did not ask for, and nothing held back (pitfalls 63, 64)", async () => {
  const doors = testDoors();
  const { state, reader, give } = await openFed(doors);
  await doors.clock.run(1);
  expect(state.pulled).toBe(0);
  const first = reader.read();
  await doors.clock.run(1);
  give("a");
  expect(textOf(await first)).toBe("a");
  await doors.clock.run(1000);
  expect(state.pulled).toBe(1);
});

test("a failure before the first event has a real status", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => {
    throw new GatewayError("upstream_rate_limited", "Slow down.");
  };
  expect((await doors.chat(stream)).status).toBe(429);
  expect(doors.meter.value("tokligence_active_streams")).toBe(0);
});

test("a stream that still waits is committed with heartbeats, and the answer follows (T-42)", async () => {
  const doors = testDoors({}, { commitAfterMs: 1000, heartbeatIntervalMs: 100 });
  const answered = Promise.withResolvers<ModelReply>();
  doors.gateway.answer = () => answered.promise;
  const pending = doors.chat(stream);
  await doors.clock.run(1000);
  const response = await pending;
  expect(response.status).toBe(200);
  expect(response.headers.get("x-tokligence-provider")).toBeNull();
  const text = response.text();
  await doors.clock.run(250);
  answered.resolve(replyOf([piece("data: 1\n\n")], "openai-chat"));
  // What the headers could not say any more stands in a comment, and in the log.
  expect(await text).toBe(
    ":hb:hb:hb:x-request-id=req_1 x-tokligence-provider=acme x-tokligence-model=gpt-x x-tokligence-queue-ms=0 x-tokligence-overhead-ms=1250:data: 1\n\n",
  );
  expect(doors.log.lines.at(-1)?.fields).toMatchObject({ provider: "acme", model: "gpt-x" });
  expect(doors.clock.pending).toBe(0);
});

test("a failure after the commit is an error event without a clean end", async () => {
  const doors = testDoors({}, { commitAfterMs: 10 });
  const answered = Promise.withResolvers<ModelReply>();
  doors.gateway.answer = () => answered.promise;
  const pending = doors.chat(stream);
  await doors.clock.run(10);
  answered.reject(new GatewayError("upstream_overloaded", "Full."));
  expect(await (await pending).text()).toBe(":hberror:upstream_overloaded");
  expect(doors.log.lines.at(-1)?.fields).toMatchObject({ status: 200, code: "upstream_overloaded" });
  expect(doors.app.inFlight()).toBe(0);
});

test("a failure inside a stream ends it with the protocol's error event and nothing more (T-10, pitfall 57)", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () =>
    reply(
      (async function* () {
        yield piece("data: 1\n\n");
        throw new GatewayError("upstream_truncated", "Cut.");
      })(),
      "openai-chat",
    );
  expect(await (await doors.chat(stream)).text()).toBe("data: 1\n\nerror:upstream_truncated");
});

test("silence is filled with heartbeats, and an event moves the next one back (pitfall 61)", async () => {
  const doors = testDoors({}, { heartbeatIntervalMs: 100 });
  const { response, reader, give, end } = await openFed(doors);
  reader.releaseLock();
  const text = response.text();
  await doors.clock.run(90);
  give("a");
  await doors.clock.run(90);
  give("b");
  await doors.clock.run(210);
  end();
  expect(await text).toBe("ab:hb:hb");
});

test("a stream of many events arms no timer of its own for each", async () => {
  const doors = testDoors();
  const events = Array.from({ length: 200 }, (_, index) => piece(`${index} `));
  doors.gateway.answer = async () => replyOf(events, "openai-chat");
  let armed = 0;
  const after = doors.clock.after.bind(doors.clock);
  doors.clock.after = (delayMs, task) => {
    armed += 1;
    return after(delayMs, task);
  };
  await (await doors.chat(stream)).text();
  expect(armed).toBeLessThan(8);
});

test("a caller that leaves in mid-stream ends the upstream call and gives its place back (F24, pitfall 62)", async () => {
  const doors = testDoors();
  const { state, reader, give } = await openFed(doors);
  const first = reader.read();
  await doors.clock.run(1);
  give("a");
  await first;
  await reader.cancel();
  expect(state.returned).toBe(true);
  expect(doors.gateway.calls[0]?.signal.reason).toMatchObject({ code: "client_closed" });
  expect(doors.meter.value("tokligence_client_disconnects_total", "streaming")).toBe(1);
  expect(doors.app.inFlight()).toBe(0);
  expect(doors.clock.pending).toBe(0);
});

test("a caller that is gone before anything was read leaves nothing behind", async () => {
  const doors = testDoors();
  const caller = new AbortController();
  const { state, reader } = await openFed(doors, caller);
  const gone = reader.closed.catch((thrown: unknown) => thrown);
  caller.abort();
  expect(await gone).toMatchObject({ code: "client_closed" });
  expect(state.pulled).toBe(0);
  expect(doors.meter.value("tokligence_client_disconnects_total", "first_byte")).toBe(1);
  expect(doors.app.inFlight()).toBe(0);
});

test("a reader that stops reading for too long is cut, and the call settled (F12)", async () => {
  const doors = testDoors({}, { clientStallTimeoutMs: 1000, heartbeatIntervalMs: 300 });
  const { state, reader, give } = await openFed(doors);
  const first = reader.read();
  await doors.clock.run(1);
  give("a");
  await first;
  await doors.clock.run(998);
  expect(doors.app.inFlight()).toBe(1);
  await doors.clock.run(2);
  expect(state.returned).toBe(true);
  expect(await reader.read().catch((thrown: unknown) => thrown)).toMatchObject({ code: "client_closed" });
  expect(doors.app.inFlight()).toBe(0);
  expect(doors.clock.pending).toBe(0);
});

test("a reader that takes only a heartbeat is cut as well, and no heap of heartbeats waits for it (F12)", async () => {
  const doors = testDoors({}, { clientStallTimeoutMs: 1000, heartbeatIntervalMs: 50 });
  const { state, reader } = await openFed(doors);
  const first = reader.read();
  await doors.clock.run(50);
  expect(textOf(await first)).toBe(":hb");
  await doors.clock.run(1100);
  expect(state.returned).toBe(true);
  expect(doors.app.inFlight()).toBe(0);
  expect(await reader.read().catch((thrown: unknown) => thrown)).toMatchObject({ code: "client_closed" });
});

test("a provider that ends just when the caller leaves is booked and counted once", async () => {
  const doors = testDoors();
  doors.gateway.answer = async ({ signal }) =>
    reply(
      (async function* () {
        yield piece("a");
        await untilAborted(signal).catch(() => {});
      })(),
      "openai-chat",
    );
  const response = await doors.chat(stream);
  const reader = response.body?.getReader();
  await reader?.read();
  const last = reader?.read();
  await doors.clock.run(1);
  await reader?.cancel();
  expect((await last)?.done).toBe(true);
  await doors.clock.run(1);
  expect(doors.meter.value("tokligence_active_streams")).toBe(0);
  expect(doors.log.lines.filter(({ fields }) => fields["request_id"] === "req_1")).toHaveLength(1);
});

test("an event that cannot be written ends the upstream call before the caller hears of it", async () => {
  const doors = testDoors();
  let returned = false;
  doors.gateway.answer = async () =>
    reply(
      (async function* () {
        try {
          yield { events: [{ type: "citation", choice: 0, citation: {} }] };
        } finally {
          returned = true;
        }
      })(),
    );
  expect(await (await doors.chat(stream)).text()).toBe("error:internal");
  expect(returned).toBe(true);
});

test("a long silence of the provider is not held against the reader", async () => {
  const doors = testDoors({}, { clientStallTimeoutMs: 1000, heartbeatIntervalMs: 4500 });
  const { reader, give } = await openFed(doors);
  const first = reader.read();
  await doors.clock.run(4000);
  give("a");
  await first;
  await doors.clock.run(999);
  expect(doors.app.inFlight()).toBe(1);
});

test("shutdown ends running streams with an error event of their protocol, read or unread", async () => {
  const doors = testDoors();
  const waiting = await openFed(doors);
  const last = waiting.reader.read();
  await doors.clock.run(1);
  const idle = await openFed(doors);
  doors.app.abortRunning(new GatewayError("draining", "Stopping."));
  expect(textOf(await last)).toBe("error:draining");
  expect(textOf(await idle.reader.read())).toBe("error:draining");
  expect((await idle.reader.read()).done).toBe(true);
  expect(doors.app.inFlight()).toBe(0);
});

test("the caller's deadline runs on after the first content (T-43)", async () => {
  const doors = testDoors();
  doors.gateway.answer = async ({ signal }) => fedReply(signal).reply;
  const text = (await doors.chat(stream, { "x-tokligence-deadline-ms": "5000" })).text();
  await doors.clock.run(4999);
  expect(doors.app.inFlight()).toBe(1);
  await doors.clock.run(1);
  expect(await text).toBe("error:deadline_exceeded");
});
