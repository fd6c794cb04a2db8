import { afterEach, beforeEach, expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { GatewayError } from "#core/errors.ts";
import { FirstCall } from "#core/idempotency/first-call.ts";
import { IdempotentCalls } from "#core/idempotency/idempotent-calls.ts";
import type { IdempotencyStore } from "#core/idempotency/idempotency-store.ts";
import { decodeAnswer, encodeAnswer, type KeptAnswer } from "#core/idempotency/kept-answer.ts";
import { turningSealer as sealer } from "#core/idempotency/turning-sealer.test-data.ts";
import { type InThreadStores, openInThread } from "#integrations/stores/sqlite/in-thread.ts";

const body = new TextEncoder().encode('{"a":1}');
const asked = { owner: "key 1", key: "k", target: "/v1/chat/completions {}", body, ttlMs: 60_000 };
const answer: KeptAnswer = { contentType: "application/json", headers: { a: "b" }, body: new Uint8Array([10, 1, 10]) };
const { signal } = new AbortController();

let stores: InThreadStores;
let clock: VirtualClock;
let log: RecordingLog;
let calls: IdempotentCalls;

/** Calls of a process that begins with what is stored. */
function newProcess(store: IdempotencyStore = stores.idempotency): IdempotentCalls {
  const parts = { store, sealer, digest: pureDigest, digestKey: new Uint8Array(32), clock, log };
  return new IdempotentCalls(parts);
}

beforeEach(() => {
  stores = openInThread();
  clock = new VirtualClock();
  log = new RecordingLog();
  calls = newProcess();
});
afterEach(() => stores.close());

async function first(changes: Partial<typeof asked> = {}, of: IdempotentCalls = calls): Promise<FirstCall> {
  const entered = await of.enter({ ...asked, ...changes }, signal);
  if (entered instanceof FirstCall) return entered;
  throw new Error("an answer was kept for it");
}

/** The code of the refusal, or what came instead. */
const outcomeOf = async (changes: Partial<typeof asked> = {}, of: IdempotentCalls = calls): Promise<unknown> =>
  of.enter({ ...asked, ...changes }, signal).catch((thrown: unknown) => (thrown as GatewayError).code);

test("F27 an answer is given again, byte for byte, also by the next process", async () => {
  const call = await first();
  await call.begin();
  await call.answered(answer);
  expect(await outcomeOf()).toEqual(answer);
  expect(await outcomeOf({}, newProcess())).toEqual(answer);
  const { database } = stores;
  expect(JSON.stringify(database.query("SELECT hex(answer) FROM idempotent_call").get())).not.toContain(
    new Uint8Array(encodeAnswer(answer)).toHex().toUpperCase(),
  );
});

test("F27 whoever sends the same while it runs waits for its end and gets the same answer", async () => {
  const call = await first();
  await call.begin();
  const waiting = outcomeOf();
  await clock.run(9_000);
  await call.answered(answer);
  expect(await waiting).toEqual(answer);
});

test("F27 who waits too long is told to come back, who leaves is let go, and no timer stays", async () => {
  const call = await first();
  await call.begin();
  const waiting = outcomeOf();
  await clock.run(10_000);
  expect(await waiting).toBe("idempotency_in_progress");
  const caller = new AbortController();
  const leaving = calls.enter(asked, caller.signal).catch((thrown: unknown) => thrown);
  await clock.run(1);
  caller.abort("left");
  expect(await leaving).toBe("left");
  await call.answered(answer);
  expect(clock.pending).toBe(0);
});

test("F27 another body or target under the same key is refused, while the first runs and after", async () => {
  const other = { body: new TextEncoder().encode('{"a":2}') };
  const call = await first();
  await call.begin();
  expect(await outcomeOf(other)).toBe("idempotency_mismatch");
  await call.answered(answer);
  expect(await outcomeOf(other)).toBe("idempotency_mismatch");
  expect(await outcomeOf({ target: "/v1/embeddings {}" })).toBe("idempotency_mismatch");
  // A refused one holds nobody up who asks at the same moment.
  expect(await Promise.all([outcomeOf(other), outcomeOf()])).toEqual(["idempotency_mismatch", answer]);
});

test("F27 a call that failed frees its key, for whoever waits too: each is made, one after the other", async () => {
  const call = await first();
  await call.begin();
  const waiting = first();
  await clock.run(100);
  await call.failed();
  const second = await waiting;
  expect(second).not.toBe(call);
  await second.begin();
  await second.answered(answer);
  // What comes after its end changes nothing.
  await second.failed();
  expect(await outcomeOf()).toEqual(answer);
});

test("F27 a call that was broken off, by its caller or by the end of the process, is never made again", async () => {
  const call = await first();
  await call.begin();
  expect(await outcomeOf({}, newProcess())).toBe("idempotency_interrupted");
  await call.interrupted();
  expect(await outcomeOf()).toBe("idempotency_interrupted");
  clock.advance(60_000);
  expect(await outcomeOf()).toBeInstanceOf(FirstCall);
});

test("F27 of many that send the same at one moment one is the first, and the others are all answered by its end", async () => {
  let looks = 0;
  const { idempotency } = stores;
  const store: IdempotencyStore = {
    findIdempotent(id, nowMs) {
      looks += 1;
      return idempotency.findIdempotent(id, nowMs);
    },
    beginIdempotent: (begun) => idempotency.beginIdempotent(begun),
    endIdempotent: (id, kept) => idempotency.endIdempotent(id, kept),
    forgetIdempotent: (id) => idempotency.forgetIdempotent(id),
    sweepIdempotent: (nowMs, limit) => idempotency.sweepIdempotent(nowMs, limit),
  };
  const one = newProcess(store);
  const entering = Array.from({ length: 100 }, () => one.enter(asked, signal));
  const call = await Promise.race(entering);
  if (!(call instanceof FirstCall)) throw new Error("nobody was first");
  await call.begin();
  await call.answered(answer);
  expect((await Promise.all(entering)).filter((entered) => entered !== call)).toEqual(Array(99).fill(answer));
  // Before the first was known, and after its end: not once more for each of the others.
  expect(looks).toBe(199);
});

test("F27 of two processes on the same books that begin a call at once only one makes it", async () => {
  const [one, other] = [await first(), await first({}, newProcess())];
  await one.begin();
  expect(await other.begin().catch((thrown: unknown) => (thrown as GatewayError).code)).toBe("idempotency_in_progress");
  await other.failed();
  await one.answered(answer);
  expect(await outcomeOf()).toEqual(answer);
});

test("F27 of an answer that is too large only that it was given is kept", async () => {
  const call = await first();
  await call.begin();
  await call.answered(undefined);
  expect(await outcomeOf()).toBe("idempotency_not_kept");
});

test("F27 F94 the same key of another caller is another key", async () => {
  const call = await first();
  await call.begin();
  await call.answered(answer);
  expect(await outcomeOf({ owner: "key 2" })).toBeInstanceOf(FirstCall);
  // Neither does a name that ends where the other's key begins.
  expect(await outcomeOf({ owner: "key 1k", key: "" })).toBeInstanceOf(FirstCall);
});

test("F27 what cannot be stored counts as broken off, and is logged", async () => {
  const call = await first();
  await call.begin();
  stores.database.run("PRAGMA query_only = ON");
  await call.answered(answer);
  stores.database.run("PRAGMA query_only = OFF");
  expect(log.lines.map(({ event }) => event)).toEqual(["idempotency_not_stored"]);
  expect(await outcomeOf()).toBe("idempotency_interrupted");
});

test("an answer survives its form, and bytes that are none are no answer", () => {
  expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
  for (const text of ["", "{}", "{}\n", '{"contentType":"a"}\nx', "[]\nx"]) {
    expect(decodeAnswer(new TextEncoder().encode(text))).toBeUndefined();
  }
});
