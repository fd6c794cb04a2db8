import { expect, test } from "bun:test";
import fc from "fast-check";
import { percentPassed } from "#core/ledger/settled.ts";

test.each([
  [0n, 499n, undefined],
  [0n, 500n, 50],
  [499n, 500n, 50],
  [500n, 501n, undefined],
  [0n, 800n, 80],
  [0n, 5_000n, 100],
  [949n, 951n, 95],
  [1_000n, 9_000n, undefined],
  [600n, 400n, undefined],
] as const)("T-40: spending from %p to %p of 1000 passes %p percent", (from, to, percent) => {
  expect(percentPassed(1_000n, from, to)).toBe(percent);
});

test("a budget of nothing has no shares", () => {
  expect(percentPassed(0n, 0n, 5n)).toBeUndefined();
});

test("however spending goes up, each share is passed once at most", () => {
  const steps = fc.array(fc.bigInt({ min: 0n, max: 500n }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), steps, (limit, costs) => {
      let spent = 0n;
      const passed: number[] = [];
      for (const cost of costs) {
        const percent = percentPassed(limit, spent, spent + cost);
        if (percent !== undefined) passed.push(percent);
        spent += cost;
      }
      expect(passed).toEqual([...new Set(passed)].toSorted((a, b) => a - b));
    }),
  );
});
