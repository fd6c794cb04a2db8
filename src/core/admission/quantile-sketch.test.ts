import { expect, test } from "bun:test";
import fc from "fast-check";
import { QuantileSketch } from "#core/admission/quantile-sketch.ts";

test("a quantile is a whole number within an eighth of the true one", () => {
  const values = fc.array(fc.oneof(fc.nat(20), fc.nat(1_000), fc.nat(1_000_000)), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 1_000 }), (told, permille) => {
      const sketch = new QuantileSketch();
      for (const value of told) sketch.add(value);
      const sorted = told.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil((sorted.length * permille) / 1_000) - 1] ?? 0;
      const found = sketch.quantile(permille);
      expect(Number.isInteger(found)).toBe(true);
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact / 8);
    }),
    { numRuns: 300 },
  );
});

test("what was long ago is forgotten, what is rare is not", () => {
  const sketch = new QuantileSketch();
  for (let sample = 0; sample < 1_000; sample += 1) sketch.add(4_000);
  for (let sample = 0; sample < 600; sample += 1) sketch.add(sample % 10 === 0 ? 50 : 100);
  expect(sketch.quantile(750)).toBeLessThan(112);
  expect(sketch.quantile(50)).toBeLessThan(56);
  expect(sketch.seen).toBe(1_600);
});

test("nothing told is 0, and no value is too large", () => {
  const sketch = new QuantileSketch();
  expect(sketch.quantile(750)).toBe(0);
  sketch.add(Number.MAX_SAFE_INTEGER);
  expect(sketch.quantile(1_000)).toBe(2 ** 24 - 1);
});
