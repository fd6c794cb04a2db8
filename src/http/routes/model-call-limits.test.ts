import { describe, expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import type { HoldEnd, LimitReport } from "#core/limits/limiter.ts";
import type { ModelReply } from "#core/model-call.ts";
import { bytes } from "#http/plain-codec.ts";
import { FakeConnection, replyOf, testDoors, untilAborted } from "#http/test-doors.ts";

const piece = { events: [], raw: bytes("{}") };
const stream = { model: "gpt-x", stream: true };

/** Doors whose limiter writes down what it is asked. */
function limitedDoors(report: LimitReport = {}, limits: Parameters<typeof testDoors>[1] = {}) {
  const entered: (readonly [address: string, takesTokens: boolean])[] = [];
  const ends: HoldEnd[] = [];
  let refusal: GatewayError | undefined;
  let settled = false;
  const doors = testDoors(
    {
      limiter: {
        enter(_, origin, takesTokens) {
          entered.push([origin.address, takesTokens]);
          if (refusal !== undefined) throw refusal;
          settled = false;
          return {
            countsTokens: true,
            reserve: () => undefined,
            settle(end) {
              if (!settled) ends.push(end);
              settled = true;
            },
            report: () => report,
          };
        },
      },
    },
    limits,
  );
  const refuse = (error: GatewayError): void => {
    refusal = error;
  };
  return { ...doors, entered, ends, refuse };
}

describe("who has no room", () => {
  test("is refused before a byte of the body is read, in its protocol, and holds no place (F29)", async () => {
    const doors = limitedDoors();
    const details = { scope: "key", unit: "requests", limit: 60, remaining: 0, window: "minute", reset_ms: 2000 };
    doors.refuse(new GatewayError("rate_limited", "The limit.", { retryAfterMs: 2000, details }));
    let pulled = 0;
    const body = new ReadableStream(
      {
        pull() {
          pulled += 1;
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { authorization: "Bearer good" };
    const response = await doors.send("/v1/chat/completions", { method: "POST", body, headers });
    expect(response.status).toBe(429);
    expect(response.headers.get("x-ratelimit-remaining-requests")).toBe("0");
    expect(response.headers.get("x-ratelimit-reset-requests")).toBe("2s");
    expect(pulled).toBe(0);
    expect(doors.app.inFlight()).toBe(0);
    expect(doors.gateway.calls).toEqual([]);
    expect(doors.clock.pending).toBe(0);
  });

  test("is not even asked while the process drains", async () => {
    const doors = limitedDoors();
    doors.app.refuseNewWork();
    expect((await doors.chat({ model: "gpt-x" })).status).toBe(503);
    expect(doors.entered).toEqual([]);
  });
});

describe("what a call has taken", () => {
  test("is asked for where it comes from, and counting a prompt takes no tokens", async () => {
    const doors = limitedDoors();
    const post = (path: string) =>
      doors.send(
        path,
        { method: "POST", body: '{"model":"gpt-x"}', headers: { authorization: "Bearer good" } },
        new FakeConnection("192.0.2.1"),
      );
    await post("/v1/chat/completions");
    await post("/v1/messages/count_tokens");
    expect(doors.entered).toEqual([
      ["192.0.2.1", true],
      ["192.0.2.1", false],
    ]);
    expect(doors.gateway.calls[0]?.limits.countsTokens).toBe(true);
  });

  test.each([
    ["a body that is no JSON", "{", {}],
    ["a body that is no request", '{"model":"gpt-x","messages":0}', {}],
    ["a model that nobody knows", '{"model":"unknown","messages":0}', {}],
    ["a wish that means nothing", "{}", { "x-tokligence-strict": "maybe" }],
    ["a type that is not served", "{}", { "content-type": "text/plain" }],
  ])("is given back for %s, but for the request (T-30)", async (_, body, headers) => {
    const doors = limitedDoors();
    expect((await doors.chat(body, headers)).status).toBeGreaterThanOrEqual(400);
    expect(doors.ends).toEqual([{ tokens: 0, refused: false }]);
  });

  test("is left to the gateway once it has the call", async () => {
    const doors = limitedDoors();
    doors.gateway.answer = async ({ limits }) => {
      limits.settle({ tokens: undefined, refused: true });
      throw new GatewayError("queue_full", "Full.", { retryAfterMs: 3000 });
    };
    const response = await doors.chat({ model: "gpt-x" });
    expect([response.status, doors.ends]).toEqual([503, [{ tokens: undefined, refused: true }]]);
  });

  test("is told in the headers of the answer, in the words of its protocol", async () => {
    const doors = limitedDoors({ requests: { limit: 5, remaining: 4, resetMs: 12_000 }, quotaRemaining: 9000 });
    doors.gateway.answer = async (call) => ({ ...replyOf([piece], call.protocol), queueMs: 7, queuePosition: 3 });
    const said = { "x-tokligence-queue-ms": "7", "x-tokligence-queue-position": "4" };
    for (const body of [{ model: "gpt-x" }, stream]) {
      expect(Object.fromEntries((await doors.chat(body)).headers)).toMatchObject({
        ...said,
        "x-ratelimit-limit-requests": "5",
        "x-ratelimit-remaining-requests": "4",
        "x-ratelimit-reset-requests": "12s",
        "x-tokligence-quota-remaining": "9000",
      });
    }
    const init = { method: "POST", body: '{"model":"gpt-x"}', headers: { "x-api-key": "good" } };
    expect(Object.fromEntries((await doors.send("/v1/messages", init)).headers)).toMatchObject({
      ...said,
      "anthropic-ratelimit-requests-remaining": "4",
      "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:12Z",
    });
  });
});

describe("urgency", () => {
  test("what callers say of it is read here and goes nowhere else (T-48)", async () => {
    const doors = testDoors();
    const urgency = {
      "x-tokligence-priority": "High",
      "x-claude-code-request-class": "subagent",
      "x-stainless-timeout": "600",
    };
    await doors.chat({ model: "gpt-x" }, urgency);
    const [call] = doors.gateway.calls;
    expect(call).toMatchObject({ priority: "High", requestClass: "subagent", patienceMs: 600_000, headers: {} });
  });

  test.each(["0", "-1", "1.5", "soon", "99999999"])("a patience of %s is none", async (text) => {
    const doors = testDoors();
    await doors.chat({ model: "gpt-x" }, { "x-stainless-timeout": text });
    expect(doors.gateway.calls[0]?.patienceMs).toBeUndefined();
  });
});

describe("while a call waits for capacity", () => {
  test("its heartbeats say where it stands, until it is answered", async () => {
    const doors = testDoors({}, { commitAfterMs: 1000, heartbeatIntervalMs: 100 });
    const answered = Promise.withResolvers<ModelReply>();
    doors.gateway.answer = () => answered.promise;
    doors.gateway.places.set("req_1", { position: 3, expectedWaitMs: 1200 });
    const pending = doors.chat(stream);
    await doors.clock.run(1000);
    const text = (await pending).text();
    await doors.clock.run(110);
    doors.gateway.places.delete("req_1");
    await doors.clock.run(100);
    answered.resolve(replyOf([{ events: [], raw: bytes("data: 1\n\n") }], "openai-chat"));
    const queued = ":queued position=4 expected-wait-ms=1200::hb";
    expect(await text).toStartWith(`${queued}${queued}:hb:x-request-id=req_1 `);
    expect(await text).toEndWith("data: 1\n\n");
  });

  test.each([
    ["before anything was answered", 10_000],
    ["after its stream was begun", 0],
  ])("a caller that leaves %s is out of the queue at once (F22)", async (_, commitAfterMs) => {
    const doors = limitedDoors({}, { commitAfterMs });
    let out = false;
    doors.gateway.answer = ({ limits, signal }) =>
      untilAborted(signal).finally(() => {
        out = true;
        limits.settle({ tokens: undefined, refused: true });
      });
    const caller = new AbortController();
    const pending = doors.chat(stream, {}, caller.signal);
    await doors.clock.run(50);
    expect([out, doors.app.inFlight()]).toEqual([false, 1]);
    caller.abort();
    await doors.clock.run(0);
    expect([out, doors.app.inFlight()]).toEqual([true, 0]);
    expect(doors.ends).toEqual([{ tokens: undefined, refused: true }]);
    expect(doors.clock.pending).toBe(0);
    await (await pending).text().catch(() => undefined);
  });
});
