import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { bytes } from "#http/plain-codec.ts";
import { FakeConnection, replyOf, testDoors, untilAborted } from "#http/test-doors.ts";

const whole = (text: string) => async () => replyOf([{ events: [], raw: bytes(text) }], "openai-chat");
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

test("a whole answer is the provider's own bytes, with our headers and nothing else (pitfall 80)", async () => {
  const doors = testDoors();
  doors.gateway.answer = async (call) => {
    doors.clock.advance(12.5);
    return {
      ...replyOf(
        [
          { events: [], raw: bytes('{"a":') },
          { events: [], raw: bytes("1e400}") },
        ],
        call.protocol,
      ),
      upstreamMs: 10,
      queueMs: 2,
    };
  };
  const response = await doors.chat({ model: "gpt-x" });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('{"a":1e400}');
  expect(Object.fromEntries(response.headers)).toEqual({
    "content-type": "application/json",
    "x-request-id": "req_1",
    "x-tokligence-provider": "acme",
    "x-tokligence-model": "gpt-x",
    "x-tokligence-queue-ms": "2",
    "x-tokligence-overhead-ms": "0.5",
  });
  expect(doors.meter.observations("tokligence_request_overhead_seconds", "/v1/chat/completions")).toEqual([0.0005]);
  expect(doors.app.inFlight()).toBe(0);
  expect(doors.clock.pending).toBe(0);
});

test("an answer without bytes of the caller's protocol is encoded from its events", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => replyOf([{ events: [{ type: "text", choice: 0, text: "a" }, { type: "end" }] }]);
  const response = await doors.chat({ model: "gpt-x" });
  expect(await response.json()).toEqual({ model: "gpt-x", events: 2 });
});

test("embeddings go the same way in their own protocol", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => replyOf([{ events: [], raw: bytes("{}") }], "openai-embeddings");
  const init = { method: "POST", body: '{"model":"gpt-x","stream":true}', headers: { authorization: "Bearer good" } };
  const response = await doors.send("/v1/embeddings", init);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(doors.gateway.calls[0]?.protocol).toBe("openai-embeddings");
});

test("the call carries who, what and when, and of the headers only what may go upstream", async () => {
  const doors = testDoors();
  doors.clock.advance(7);
  doors.gateway.answer = whole("{}");
  await doors.chat(
    { model: "gpt-x", seed: 1 },
    { "openai-beta": "x=1", cookie: "c", "x-tokligence-deadline-ms": "500", "x-secret": "s" },
  );
  expect(doors.gateway.calls[0]).toMatchObject({
    requestId: "req_1",
    protocol: "openai-chat",
    receivedAt: 7,
    deadlineMs: 500,
    headers: { "openai-beta": "x=1" },
    body: { value: { model: "gpt-x", seed: 1 } },
  });
});

test("the idle timeout is lifted for known callers only, and put back at the end", async () => {
  const doors = testDoors();
  const connection = new FakeConnection();
  const post = (key: string) =>
    doors.send(
      "/v1/chat/completions",
      { method: "POST", body: '{"model":"a"}', headers: { "x-api-key": key } },
      connection,
    );
  await post("bad");
  expect(connection).toMatchObject({ keptOpen: 0, restored: 0 });
  await post("caller");
  expect(connection).toMatchObject({ keptOpen: 1, restored: 1 });
});

test.each([
  ["text/plain", 415],
  ["multipart/form-data; boundary=x", 415],
  ["application/json; charset=utf-16", 415],
  ["application/jsonp", 415],
  ["application/json; charset=UTF-8", 200],
  ["Application/JSON", 200],
])("content type %s is answered with %i (F17)", async (type, status) => {
  const doors = testDoors();
  doors.gateway.answer = whole("{}");
  expect((await doors.chat({ model: "gpt-x" }, { "content-type": type })).status).toBe(status);
});

test("a missing content type is JSON", async () => {
  const doors = testDoors();
  doors.gateway.answer = whole("{}");
  const init = { method: "POST", body: bytes('{"model":"gpt-x"}'), headers: { authorization: "Bearer good" } };
  expect((await doors.send("/v1/chat/completions", init)).status).toBe(200);
});

test.each(["br", "deflate", "gzip, gzip", "identity, gzip"])("coding %s is 415 (F18)", async (coding) => {
  expect((await testDoors().chat({ model: "gpt-x" }, { "content-encoding": coding })).status).toBe(415);
});

test("a declared length over the limit is 413 before a byte is read (F2)", async () => {
  const doors = testDoors({}, { maxBodyBytes: 10 });
  let pulled = 0;
  const body = new ReadableStream(
    {
      pull() {
        pulled += 1;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { authorization: "Bearer good", "content-length": "11" };
  const response = await doors.send("/v1/chat/completions", { method: "POST", body, headers });
  expect(response.status).toBe(413);
  expect(response.headers.get("connection")).toBe("close");
  expect(pulled).toBe(0);
});

test("a body without a length is 413 as soon as it passes the limit (F3)", async () => {
  const doors = testDoors({}, { maxBodyBytes: 1000 });
  let sent = 0;
  let cancelled = false;
  const body = new ReadableStream(
    {
      pull(controller) {
        sent += 300;
        controller.enqueue(new Uint8Array(300));
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: "POST", body, headers: { authorization: "Bearer good" } };
  const response = await doors.send("/v1/chat/completions", init);
  expect(response.status).toBe(413);
  expect(sent).toBeLessThanOrEqual(1500);
  expect(cancelled).toBe(true);
  expect(doors.app.inFlight()).toBe(0);
});

test("a body that is not complete in time is 408", async () => {
  const doors = testDoors();
  const init = { method: "POST", body: new ReadableStream(), headers: { authorization: "Bearer good" } };
  const response = doors.send("/v1/chat/completions", init);
  await doors.clock.run(5000);
  expect((await response).status).toBe(408);
  expect(doors.app.inFlight()).toBe(0);
});

test("malformed JSON is 400 and does not echo the input (F1)", async () => {
  const response = await testDoors().chat('{"model": oops}');
  expect(response.status).toBe(400);
  expect(await response.text()).not.toContain("oops");
});

test("an unknown model is 404 before the rest of the request is judged", async () => {
  const doors = testDoors();
  expect((await doors.chat({ model: "unknown", messages: 0 })).status).toBe(404);
  expect((await doors.chat({ model: "gpt-x", messages: 0 })).status).toBe(400);
  expect((await doors.chat({ messages: 0 })).status).toBe(400);
});

test.each(["0", "-1", "1.5", "soon", "", "1e3", "99999999999"])("deadline %p is 400", async (deadline) => {
  const response = await testDoors().chat({ model: "gpt-x" }, { "x-tokligence-deadline-ms": deadline });
  expect(response.status).toBe(400);
});

test("the caller's deadline ends the call with 504", async () => {
  const doors = testDoors();
  doors.gateway.answer = (call) => untilAborted(call.signal);
  const response = doors.chat({ model: "gpt-x" }, { "x-tokligence-deadline-ms": "500" });
  await doors.clock.run(499);
  expect(doors.app.inFlight()).toBe(1);
  await doors.clock.run(1);
  expect((await response).status).toBe(504);
  expect(doors.clock.pending).toBe(0);
});

test("the call beyond max_concurrent_requests is 503 with Retry-After, and a place that is given back counts", async () => {
  const doors = testDoors({}, { maxConcurrentRequests: 1 });
  doors.gateway.answer = (call) => untilAborted(call.signal);
  const first = doors.chat({ model: "gpt-x" });
  await doors.clock.run(0);
  const second = await doors.chat({ model: "gpt-x" });
  expect(second.status).toBe(503);
  expect(await codeOf(second)).toBe("overloaded");
  doors.app.abortRunning(new GatewayError("draining", "Stopping."));
  expect(await codeOf(await first)).toBe("draining");
  doors.gateway.answer = whole("{}");
  expect((await doors.chat({ model: "gpt-x" })).status).toBe(200);
});

test("a caller that leaves before the first byte ends the call at once (F23, pitfall 62)", async () => {
  const doors = testDoors();
  let reason: unknown;
  doors.gateway.answer = async ({ signal }) => {
    await untilAborted(signal).catch((thrown) => {
      reason = thrown;
    });
    throw reason;
  };
  const caller = new AbortController();
  const response = doors.chat({ model: "gpt-x" }, {}, caller.signal);
  await doors.clock.run(1);
  caller.abort();
  expect((await response).status).toBe(499);
  expect(reason).toMatchObject({ code: "client_closed" });
  expect(doors.meter.value("tokligence_client_disconnects_total", "first_byte")).toBe(1);
  expect(doors.app.inFlight()).toBe(0);
  expect(doors.clock.pending).toBe(0);
});

test.each([false, true])(
  "a caller (stream: %p) that leaves while it waits for capacity is counted as lost in the queue",
  async (stream) => {
    const doors = testDoors({}, { commitAfterMs: 100 });
    doors.gateway.answer = ({ signal, requestId }) => {
      doors.gateway.places.set(requestId, { position: 3, expectedWaitMs: 10 });
      signal.addEventListener("abort", () => doors.gateway.places.delete(requestId), { once: true });
      return untilAborted(signal);
    };
    const caller = new AbortController();
    const response = doors.chat({ model: "gpt-x", stream }, {}, caller.signal);
    await doors.clock.run(200);
    caller.abort();
    await (await response).text().catch(() => "");
    const lost = (phase: string) => doors.meter.value("tokligence_client_disconnects_total", phase);
    expect(["request", "queued", "first_byte", "streaming"].map(lost)).toEqual([0, 1, 0, 0]);
  },
);

test("a provider's failure is told in the caller's protocol, and logged once", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => {
    throw new GatewayError("upstream_unavailable", "Nobody there.");
  };
  const response = await doors.chat({ model: "gpt-x" });
  expect(response.status).toBe(502);
  expect(response.headers.get("x-request-id")).toBe("req_1");
  expect(doors.log.lines.filter(({ event }) => event === "request_failed")).toHaveLength(1);
});
