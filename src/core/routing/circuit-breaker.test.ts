import { expect, test } from "bun:test";
import fc from "fast-check";
import { type BreakerRules, CircuitBreaker } from "#core/routing/circuit-breaker.ts";

const rules: BreakerRules = {
  threshold: 3,
  openMs: 30_000,
  failurePercent: 50,
  windowMs: 30_000,
  minimumRequests: 20,
};

/** A breaker that has failed as often as its threshold at this moment. */
function opened(atMs = 0, given: BreakerRules = rules): CircuitBreaker {
  const breaker = new CircuitBreaker(given);
  for (let failures = 0; failures < given.threshold; failures += 1) breaker.failed(atMs);
  return breaker;
}

test("TC-P1-CB-001 test_circuit_breaker: it opens after as many failures in a row as its threshold, not before", () => {
  const breaker = new CircuitBreaker(rules);
  breaker.failed(0);
  breaker.failed(1);
  breaker.succeeded(2);
  breaker.failed(3);
  breaker.failed(4);
  expect(breaker.state).toBe("closed");
  breaker.failed(5);
  expect([breaker.state, breaker.halfOpenAtMs]).toEqual(["open", 30_005]);
});

test("TC-P1-CB-002 test_circuit_breaker: half-open when its time is over, closed by a success, open again by a failure", () => {
  const breaker = opened();
  breaker.elapse();
  expect(breaker.state).toBe("half-open");
  breaker.failed(30_000);
  expect(breaker.state).toBe("open");
  breaker.elapse();
  breaker.succeeded(90_000);
  expect(breaker.state).toBe("closed");
});

test("a success closes it even before its time is over: whoever answers is well", () => {
  const breaker = opened();
  breaker.succeeded(10);
  expect(breaker.state).toBe("closed");
});

test("each opening that follows too soon lasts twice as long, up to five minutes; health lets it shrink again", () => {
  const breaker = opened();
  const lengths: number[] = [];
  let nowMs = 0;
  for (let turn = 0; turn < 7; turn += 1) {
    lengths.push(breaker.halfOpenAtMs - nowMs);
    nowMs = breaker.halfOpenAtMs;
    breaker.elapse();
    breaker.failed(nowMs);
  }
  expect(lengths).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
  breaker.elapse();
  breaker.succeeded(nowMs);
  nowMs += 4 * 300_000;
  for (let failures = 0; failures < 3; failures += 1) breaker.failed(nowMs);
  expect(breaker.halfOpenAtMs - nowMs).toBe(60_000);
});

test("an opening longer than five minutes is kept as it was asked for", () => {
  expect(opened(0, { ...rules, openMs: 900_000 }).halfOpenAtMs).toBe(900_000);
});

test("half of the results of a window may not fail, once there are enough of them", () => {
  const breaker = new CircuitBreaker({ ...rules, threshold: 0 });
  for (let turn = 0; turn < 9; turn += 1) {
    breaker.failed(turn);
    breaker.succeeded(turn);
  }
  breaker.failed(18);
  expect(breaker.state).toBe("closed");
  breaker.failed(19);
  expect(breaker.state).toBe("open");
});

test("what failed before the window is forgotten", () => {
  const breaker = new CircuitBreaker({ ...rules, threshold: 0 });
  for (let turn = 0; turn < 19; turn += 1) breaker.failed(0);
  for (let turn = 0; turn < 10; turn += 1) breaker.succeeded(40_000);
  for (let turn = 0; turn < 9; turn += 1) breaker.failed(40_000);
  expect(breaker.state).toBe("closed");
});

test("thresholds of 0 never open it", () => {
  const breaker = new CircuitBreaker({ ...rules, threshold: 0, failurePercent: 0 });
  for (let turn = 0; turn < 1000; turn += 1) breaker.failed(turn);
  expect(breaker.state).toBe("closed");
});

test("it is spotless once nothing that has happened matters any more", () => {
  const breaker = opened();
  expect(breaker.isSpotless(1)).toBe(false);
  breaker.succeeded(1);
  expect(breaker.isSpotless(2)).toBe(false);
  expect(breaker.isSpotless(40_000)).toBe(true);
});

const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 40_000 }),
  what: fc.constantFrom("succeeded", "failed", "elapse"),
});

test("whatever happens: open ends after its time at the latest, a success always closes, only failures open", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const breaker = new CircuitBreaker(rules);
      let nowMs = 0;
      for (const { afterMs, what } of steps) {
        nowMs += afterMs;
        const before = breaker.state;
        if (what === "elapse") breaker.elapse();
        else breaker[what === "failed" ? "failed" : "succeeded"](nowMs);
        if (what === "succeeded") expect(breaker.state).toBe("closed");
        if (breaker.state === "open" && before !== "open") {
          expect(what).toBe("failed");
          expect(breaker.halfOpenAtMs - nowMs).toBeWithin(30_000, 300_001);
        }
      }
    }),
    { numRuns: 500 },
  );
});
