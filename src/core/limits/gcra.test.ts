import { expect, test } from "bun:test";
import fc from "fast-check";
import { type GcraRate, givenBack, stateOf, taken, untouchedUs, waitUs } from "#core/limits/gcra.ts";

/** Whole microseconds per unit, so that the model below is exact. */
const exactRate = fc
  .record({
    count: fc.integer({ min: 1, max: 20 }),
    usPerUnit: fc.integer({ min: 1, max: 50 }),
    burst: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ count, usPerUnit, burst }): GcraRate => ({ count, periodUs: count * usPerUnit, burst }));
const anyRate = fc.record({
  // From a thousand on: with fewer, the debts made up here would last for centuries.
  count: fc.integer({ min: 1000, max: 1_000_000_000 }),
  periodUs: fc.constantFrom(1_000_000, 60_000_000, 3_600_000_000),
  burst: fc.integer({ min: 1, max: 1_000_000 }),
});
const calls = fc.array(fc.record({ afterUs: fc.nat(120), cost: fc.integer({ min: 1, max: 15 }) }), { maxLength: 40 });

interface Grant {
  readonly atUs: number;
  readonly cost: number;
}

/** Looks at every window that ends now: what was granted in it and what is asked must fit burst and rate. */
function fitsEveryWindow({ count, periodUs, burst }: GcraRate, grants: readonly Grant[], nowUs: number, cost: number) {
  const starts = [nowUs, ...grants.map(({ atUs }) => atUs)];
  return starts.every((start) => {
    const granted = grants.filter(({ atUs }) => atUs >= start).reduce((sum, grant) => sum + grant.cost, 0);
    return (granted + Math.min(cost, burst)) * periodUs <= burst * periodUs + (nowUs - start) * count;
  });
}

test("units are granted exactly when every window that ends now has room for them", () => {
  fc.assert(
    fc.property(exactRate, calls, (rate, asked) => {
      const grants: Grant[] = [];
      let tatUs = untouchedUs;
      let nowUs = 0;
      for (const { afterUs, cost } of asked) {
        nowUs += afterUs;
        const allowed = waitUs(rate, tatUs, cost, nowUs) === 0;
        expect(allowed).toBe(fitsEveryWindow(rate, grants, nowUs, cost));
        if (!allowed) continue;
        tatUs = taken(rate, tatUs, cost, nowUs);
        grants.push({ atUs: nowUs, cost });
      }
    }),
    { numRuns: 500 },
  );
});

test("who waits as long as told is let in, and not a microsecond earlier", () => {
  fc.assert(
    fc.property(
      anyRate,
      fc.array(fc.nat(5_000_000), { maxLength: 8 }),
      fc.integer({ min: 1 }),
      (rate, taking, cost) => {
        const nowUs = 1_000;
        const tatUs = taking.reduce((tat, units) => taken(rate, tat, units, nowUs), untouchedUs);
        const wait = waitUs(rate, tatUs, cost, nowUs);
        expect(Number.isSafeInteger(wait) && wait >= 0).toBe(true);
        expect(waitUs(rate, tatUs, cost, nowUs + wait)).toBe(0);
        if (wait > 0) expect(waitUs(rate, tatUs, cost, nowUs + wait - 1)).toBe(1);
      },
    ),
  );
});

test("looking changes nothing, and says one is left just when one may be taken", () => {
  fc.assert(
    fc.property(anyRate, fc.array(fc.nat(2_000), { maxLength: 8 }), fc.nat(10_000_000), (rate, taking, laterUs) => {
      const tatUs = taking.reduce((tat, units) => taken(rate, tat, units, 0), untouchedUs);
      const { remaining, resetUs } = stateOf(rate, tatUs, laterUs);
      expect(remaining >= 1).toBe(waitUs(rate, tatUs, 1, laterUs) === 0);
      expect(remaining).toBeLessThanOrEqual(rate.burst);
      expect(stateOf(rate, tatUs, laterUs + resetUs)).toEqual({ remaining: rate.burst, resetUs: 0 });
    }),
  );
});

test("what is given back leaves no trace, and never more than the burst", () => {
  fc.assert(
    fc.property(anyRate, fc.nat(1_000_000), fc.nat(1_000_000), (rate, earlier, cost) => {
      const before = taken(rate, untouchedUs, earlier, 0);
      expect(givenBack(rate, taken(rate, before, cost, 0), cost, taken(rate, before, cost, 0), 0)).toBe(before);
      expect(stateOf(rate, givenBack(rate, before, 2 * earlier, before, 0), 0)).toEqual({
        remaining: rate.burst,
        resetUs: 0,
      });
    }),
  );
});

test("more than the burst may be taken by who finds it whole, and is waited for by the next", () => {
  const rate: GcraRate = { count: 60, periodUs: 60_000_000, burst: 60 };
  expect(waitUs(rate, untouchedUs, 600, 0)).toBe(0);
  const tatUs = taken(rate, untouchedUs, 600, 0);
  expect(waitUs(rate, tatUs, 1, 0)).toBe(541_000_000);
  expect(waitUs(rate, tatUs, 600, 0)).toBe(600_000_000);
});
