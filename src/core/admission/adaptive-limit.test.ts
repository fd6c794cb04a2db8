import { expect, test } from "bun:test";
import fc from "fast-check";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { AdaptiveLimit } from "#core/admission/adaptive-limit.ts";

/** So many seconds of full load: as many samples a second as are in flight, but ten at least. */
function run(limit: AdaptiveLimit, fromMs: number, seconds: number, latencyMs: () => number, load = 1): number {
  let nowMs = fromMs;
  for (; nowMs < fromMs + seconds * 1_000; nowMs += 100) {
    const inFlight = Math.max(1, Math.floor(limit.limit * load));
    for (let answer = 0; answer < Math.max(1, inFlight / 10); answer += 1) {
      limit.sample({ nowMs, durationMs: latencyMs(), inFlight });
    }
  }
  return nowMs;
}

test("F53 latency of 2 s +- 1 s makes the limit fall, and it recovers once the network does", () => {
  const random = new SequenceRandom(53);
  const limit = new AdaptiveLimit({ ceiling: 40 });
  const usual = (): number => 200 + 100 * random.uniform();
  const bad = (): number => 1_000 + 2_000 * random.uniform();
  let nowMs = run(limit, 0, 60, usual);
  expect(limit.limit).toBe(40);
  nowMs = run(limit, nowMs, 30, bad);
  expect(limit.limit).toBeLessThan(10);
  expect(limit.limit).toBeGreaterThanOrEqual(2);
  expect(limit.latencyMs).toBeWithin(1_000, 3_000);
  run(limit, nowMs, 90, usual);
  expect(limit.limit).toBe(40);
});

test("F53 latency that was always 2 s +- 1 s is usual, and no reason to fall", () => {
  const random = new SequenceRandom(54);
  const limit = new AdaptiveLimit({ ceiling: 40 });
  run(limit, 0, 120, () => 1_000 + 2_000 * random.uniform());
  expect(limit.limit).toBeGreaterThanOrEqual(38);
});

test("it finds about what a provider can do whose latency grows with what is beyond its slots", () => {
  const limit = new AdaptiveLimit({ ceiling: 200 });
  run(limit, 0, 20, () => 300);
  run(limit, 20_000, 100, () => 300 * Math.max(1, limit.limit / 16));
  expect(limit.limit).toBeWithin(12, 48);
});

test("it falls to its floor and no further, and keeps to a ceiling below where it would start", () => {
  const limit = new AdaptiveLimit({ ceiling: 30 });
  const slower = (factor: number, from: number): number => {
    let latency = 100;
    return run(limit, from, 60, () => {
      latency *= factor;
      return Math.min(latency, 1e9);
    });
  };
  slower(
    1.1,
    run(limit, 0, 5, () => 100),
  );
  expect(limit.limit).toBe(2);
  expect(new AdaptiveLimit({ ceiling: 5 }).limit).toBe(5);
  expect(new AdaptiveLimit({ ceiling: 1 }).limit).toBe(1);
  expect(new AdaptiveLimit({ ceiling: 100 }).limit).toBe(20);
});

test("while less than half is in use it stays, whatever the latency", () => {
  const limit = new AdaptiveLimit({ ceiling: 100 });
  run(limit, 0, 30, () => 100, 0.4);
  expect(limit.limit).toBe(20);
  run(limit, 30_000, 30, () => 5_000, 0.4);
  expect(limit.limit).toBe(20);
});

test("failures within 100 ms are no samples, slower ones are", () => {
  const quick = new AdaptiveLimit({ ceiling: 100 });
  const slow = new AdaptiveLimit({ ceiling: 100 });
  for (let nowMs = 0; nowMs < 60_000; nowMs += 100) {
    quick.sample({ nowMs, durationMs: 99, inFlight: 20, failed: true });
    slow.sample({ nowMs, durationMs: nowMs < 20_000 ? 200 : 3_000, inFlight: slow.limit, failed: true });
  }
  expect(quick.latencyMs).toBe(0);
  expect(quick.limit).toBe(20);
  expect(slow.latencyMs).toBe(3_000);
});

test("the limit is a whole number between its bounds, whatever it is told", () => {
  const sample = fc.record({
    stepMs: fc.nat(2_000),
    durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
    inFlight: fc.nat(500),
    failed: fc.boolean(),
  });
  const bounds = fc.record({ ceiling: fc.integer({ min: 1, max: 300 }), floor: fc.integer({ min: 1, max: 10 }) });
  fc.assert(
    fc.property(bounds, fc.array(sample, { maxLength: 300 }), (chosen, samples) => {
      const limit = new AdaptiveLimit(chosen);
      let nowMs = 0;
      for (const { stepMs, ...told } of samples) {
        nowMs += stepMs;
        const now = limit.sample({ nowMs, ...told });
        expect(Number.isInteger(now)).toBe(true);
        expect(now).toBeWithin(Math.min(chosen.floor, chosen.ceiling), chosen.ceiling + 1);
      }
    }),
    { numRuns: 100 },
  );
});
