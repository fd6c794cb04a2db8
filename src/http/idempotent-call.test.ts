import { afterEach, beforeEach, expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { IdempotentCalls } from "#core/idempotency/idempotent-calls.ts";
import { turningSealer as sealer } from "#core/idempotency/turning-sealer.test-data.ts";
import type { HoldEnd, Limiter } from "#core/limits/limiter.ts";
import { freeHold, noLimits } from "#core/limits/no-limits.ts";
import type { HttpLimits } from "#http/http-parts.ts";
import { bytes } from "#http/plain-codec.ts";
import { FakeGateway, reply, replyOf, type TestDoors, testDoors, untilAborted } from "#http/test-doors.ts";
import { type InThreadStores, openInThread } from "#integrations/stores/sqlite/in-thread.ts";

let stores: InThreadStores;
beforeEach(() => {
  stores = openInThread();
});
afterEach(() => stores.close());

const key = new Uint8Array(32);
const once = { "idempotency-key": "k" };
const asked = { model: "gpt-x" };
const streamed = { model: "gpt-x", stream: true };

function doorsOnBooks(limits: Partial<HttpLimits> = {}, limiter: Limiter = noLimits): TestDoors {
  const parts = { store: stores.idempotency, sealer, digest: pureDigest, digestKey: key };
  const idempotent = new IdempotentCalls({ ...parts, clock: new VirtualClock(), log: new RecordingLog() });
  const doors = testDoors({ idempotent, limiter }, limits);
  doors.gateway.answer = async () => replyOf([{ events: [], raw: bytes("{}") }], "openai-chat");
  return doors;
}

async function outcome(answer: Promise<Response>): Promise<string> {
  const response = await answer;
  const text = await response.text();
  if (response.ok) return response.headers.has("x-tokligence-replayed") ? "replayed" : "made";
  return (JSON.parse(text) as { error: { code: string } }).error.code;
}

test("F27 where nothing is kept the header means nothing, whatever it says", async () => {
  const doors = doorsOnBooks({ idempotency: { ttlMs: 0, maxBytes: 1000 } });
  for (const header of ["k", "k", "x".repeat(256)]) {
    expect(await outcome(doors.chat(asked, { "idempotency-key": header }))).toBe("made");
  }
  expect(doors.gateway.calls).toHaveLength(3);
});

test("F27 a call that was refused before anybody was asked leaves nothing, in memory or in the store", async () => {
  const doors = doorsOnBooks({ maxConcurrentRequests: 1 });
  expect(await outcome(doors.chat({ model: "unknown" }, once))).toBe("made");
  doors.gateway.answer = () => Promise.reject(new GatewayError("queue_full", "Full."));
  const other = { "idempotency-key": "other" };
  for (let round = 0; round < 2; round += 1) expect(await outcome(doors.chat(asked, other))).toBe("queue_full");
  expect(stores.database.query("SELECT count(*) AS n FROM idempotent_call").get()).toEqual({ n: 1 });
  expect(doors.app.inFlight()).toBe(0);
});

test("F27 who leaves while it waits for capacity frees its key, who leaves later does not", async () => {
  for (const [isQueued, then] of [
    [true, "made"],
    [false, "idempotency_interrupted"],
  ] as const) {
    const doors = doorsOnBooks();
    const headers = { "idempotency-key": then };
    const asking = Promise.withResolvers<void>();
    doors.gateway.answer = (call) => {
      if (isQueued) doors.gateway.places.set(call.requestId, { position: 0, expectedWaitMs: 1 });
      asking.resolve();
      return untilAborted(call.signal);
    };
    const caller = new AbortController();
    const leaving = outcome(doors.chat(asked, headers, caller.signal));
    await asking.promise;
    caller.abort();
    expect(await leaving).toBe("client_closed");
    doors.gateway.answer = new FakeGateway().answer;
    expect(await outcome(doors.chat(asked, headers))).toBe(then);
  }
});

test("F27 a stream that failed without any content, though it was answered 200, frees its key", async () => {
  const doors = doorsOnBooks({ commitAfterMs: 0 });
  const fail = Promise.withResolvers<never>();
  doors.gateway.answer = () => fail.promise;
  const answer = doors.chat(streamed, once);
  await doors.clock.run(1);
  const response = await answer;
  fail.reject(new GatewayError("upstream_unavailable", "Nobody is there."));
  expect([response.status, (await response.text()).includes("upstream_unavailable")]).toEqual([200, true]);
  doors.gateway.answer = async () =>
    reply(
      (async function* () {
        yield { events: [{ type: "end" as const }], raw: bytes("data: [DONE]\n\n") };
      })(),
      "openai-chat",
    );
  expect(await outcome(doors.chat(streamed, once))).toBe("made");
  expect(await outcome(doors.chat(streamed, once))).toBe("replayed");
});

test("F27 F29 a caller at a limit is refused under a key as without one, before a byte of its body is read", async () => {
  const full = () => {
    throw new GatewayError("rate_limited", "One at a time.");
  };
  const doors = doorsOnBooks({}, { enter: full });
  let pulled = 0;
  const body = new ReadableStream(
    {
      pull() {
        pulled += 1;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { ...once, authorization: "Bearer good", "content-type": "application/json" };
  expect(await outcome(doors.send("/v1/chat/completions", { method: "POST", body, headers }))).toBe("rate_limited");
  expect([pulled, doors.app.inFlight()]).toEqual([0, 0]);
});

test("F27 whoever waits for the first call, or is answered by it, takes no tokens and gives back the request", async () => {
  const holds: { readonly takesTokens: boolean; end?: HoldEnd }[] = [];
  const doors = doorsOnBooks(
    {},
    {
      enter(_, __, takesTokens) {
        const hold: (typeof holds)[number] = { takesTokens };
        holds.push(hold);
        return {
          ...freeHold,
          settle(end) {
            hold.end ??= end;
          },
        };
      },
    },
  );
  const answer = doors.gateway.answer;
  const asking = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  doors.gateway.answer = async (call) => {
    asking.resolve();
    await going.promise;
    return answer(call);
  };
  const made = outcome(doors.chat(asked, once));
  await asking.promise;
  const waiting = outcome(doors.chat(asked, once));
  await doors.clock.run(1);
  expect(holds[2]).toEqual({ takesTokens: false });
  going.resolve();
  expect(await Promise.all([made, waiting])).toEqual(["made", "replayed"]);
  const givenBack = { takesTokens: false, end: { tokens: 0, refused: true } };
  expect(holds).toEqual([givenBack, { takesTokens: true }, givenBack]);
  // A request that is none of these counts, as it does without a key.
  expect(await outcome(doors.chat({ model: "other" }, once))).toBe("idempotency_mismatch");
  expect(holds[3]?.end).toEqual({ tokens: 0, refused: false });
});

test("F27 who leaves before anybody is asked frees its key", async () => {
  const caller = new AbortController();
  let entries = 0;
  // At its own entry, after the look at what is kept.
  const enter = () => {
    entries += 1;
    if (entries === 2) caller.abort();
    return freeHold;
  };
  const doors = doorsOnBooks({}, { enter });
  expect(await outcome(doors.chat(asked, once, caller.signal))).toBe("client_closed");
  expect(doors.gateway.calls).toEqual([]);
  expect(await outcome(doors.chat(asked, once))).toBe("made");
});

test("F27 whoever waits for the first call waits no longer than its own deadline", async () => {
  const doors = doorsOnBooks();
  doors.gateway.answer = (call) => untilAborted(call.signal);
  const caller = new AbortController();
  const first = outcome(doors.chat(asked, once, caller.signal));
  await doors.clock.run(1);
  const waiting = outcome(doors.chat(asked, { ...once, "x-tokligence-deadline-ms": "2000" }));
  await doors.clock.run(2_000);
  expect(await waiting).toBe("deadline_exceeded");
  caller.abort();
  expect(await first).toBe("client_closed");
});

test("F27 where nothing can be stored a call under a key is refused before anybody is asked, and one without is not", async () => {
  const doors = doorsOnBooks();
  stores.database.run("PRAGMA query_only = ON");
  const refused = await doors.chat(asked, once);
  expect([refused.status, doors.gateway.calls.length]).toEqual([503, 0]);
  expect(await outcome(doors.chat(asked))).toBe("made");
  stores.database.run("PRAGMA query_only = OFF");
  expect(await outcome(doors.chat(asked, once))).toBe("made");
  expect(await outcome(doors.chat(asked, once))).toBe("replayed");
});
