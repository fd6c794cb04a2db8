import { expect, test } from "bun:test";
import fc from "fast-check";
import type { RequestId } from "#core/effects/ids.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { ErrorCode } from "#core/errors.ts";
import { RefusalLog } from "#http/refusal-log.ts";

function scene() {
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const refusals = new RefusalLog({ clock, log });
  let requests = 0;
  /** How many of so many refusals were written in full. */
  const refuse = (code: ErrorCode, keyId: string | undefined, times: number): number => {
    let written = 0;
    for (let time = 0; time < times; time += 1) {
      requests += 1;
      if (refusals.writes({ code, keyId, requestId: `req_${requests}` as RequestId })) written += 1;
    }
    return written;
  };
  return { clock, log, refusals, refuse };
}

test("ten refusals of a code and key a second are written, and one line tells of the rest with its first and last", () => {
  const { clock, log, refuse } = scene();
  expect(refuse("rate_limited", "key_1", 400)).toBe(10);
  clock.advance(999);
  expect(log.lines).toEqual([]);
  clock.advance(1);
  const fields = { code: "rate_limited", count: 390, first_request_id: "req_11", last_request_id: "req_400" };
  expect(log.lines).toEqual([{ level: "info", event: "requests_refused", fields }]);
  expect(refuse("rate_limited", "key_1", 3)).toBe(3);
  clock.advance(5_000);
  expect(log.lines).toHaveLength(1);
});

test("codes and keys do not use up each other's lines, and callers without a key share theirs", () => {
  const { clock, log, refuse } = scene();
  expect(refuse("rate_limited", "key_1", 50)).toBe(10);
  expect(refuse("rate_limited", "key_2", 5)).toBe(5);
  expect(refuse("queue_full", "key_1", 11)).toBe(10);
  expect(refuse("unauthenticated", undefined, 30)).toBe(10);
  clock.advance(1_000);
  expect(log.lines.map(({ level, fields }) => [level, fields["code"], fields["count"]])).toEqual([
    ["info", "rate_limited", 40],
    ["warn", "queue_full", 1],
    ["info", "unauthenticated", 20],
  ]);
});

test("a thousand keys at once share the lines of a hundred and one, and no more is remembered of them", () => {
  const { refuse } = scene();
  let written = 0;
  for (let key = 0; key < 1_000; key += 1) written += refuse("predicted_wait", `key_${key}`, 20);
  expect(written).toBe(101 * 10);
});

test("nothing but refusals is left out, however often it comes", () => {
  const { clock, log, refuse } = scene();
  for (const code of ["internal", "upstream_error", "upstream_rate_limited", "not_found", "draining"] as const) {
    expect(refuse(code, "key_1", 100)).toBe(100);
  }
  expect(clock.pending).toBe(0);
  expect(log.lines).toEqual([]);
});

test("a process that ends says at once what it has only counted, and nothing of it twice", () => {
  const { clock, log, refusals, refuse } = scene();
  refuse("overloaded", "key_1", 25);
  refusals.flush();
  expect(log.lines.map(({ fields }) => fields["count"])).toEqual([15]);
  expect(clock.pending).toBe(0);
  refusals.flush();
  clock.advance(2_000);
  expect(log.lines).toHaveLength(1);
});

test("a timer that is late loses no count: the next refusal ends the second that is over", () => {
  const log = new RecordingLog();
  let nowMs = 0;
  const clock = { now: () => 0, monotonic: () => nowMs, after: () => () => undefined };
  const refusals = new RefusalLog({ clock, log });
  const refuse = () => refusals.writes({ code: "evicted", keyId: "key_1", requestId: "req_1" as RequestId });
  for (let time = 0; time < 12; time += 1) refuse();
  nowMs = 1_050;
  expect(refuse()).toBe(true);
  expect(log.lines.map(({ fields }) => fields["count"])).toEqual([2]);
});

test("property: lines and counts together are all refusals, and no second has more than ten lines of a code and key", () => {
  const step = fc.record({
    code: fc.constantFrom<ErrorCode>("rate_limited", "queue_full", "unauthenticated"),
    key: fc.constantFrom("key_1", "key_2", undefined),
    times: fc.integer({ min: 1, max: 40 }),
    pauseMs: fc.integer({ min: 0, max: 1_500 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { clock, log, refusals, refuse } = scene();
      let asked = 0;
      let written = 0;
      for (const { code, key, times, pauseMs } of steps) {
        asked += times;
        const lines = refuse(code, key, times);
        expect(lines).toBeLessThanOrEqual(10);
        written += lines;
        clock.advance(pauseMs);
      }
      refusals.flush();
      const counted = log.lines.reduce((sum, { fields }) => sum + Number(fields["count"]), 0);
      expect(written + counted).toBe(asked);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 300 },
  );
});
