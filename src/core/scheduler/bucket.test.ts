import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Bucket, microsPerUnit } from "#core/scheduler/bucket.ts";

const secondUs = 1_000_000;

describe("a bucket", () => {
  test("holds one second of its rate, and what was spent comes back at that rate", () => {
    const bucket = new Bucket(0, 100);
    expect(bucket.levelMicros(0)).toBe(100 * microsPerUnit);
    bucket.spend(0, 100);
    expect(bucket.holds(0, 1)).toBe(false);
    expect(bucket.levelMicros(10_000)).toBe(1 * microsPerUnit);
    expect(bucket.levelMicros(3_600 * secondUs)).toBe(100 * microsPerUnit);
  });

  test("goes into debt by a whole charge, and says when it is out of it", () => {
    const bucket = new Bucket(0, 100);
    bucket.spend(0, 350);
    expect(bucket.levelMicros(0)).toBe(-250 * microsPerUnit);
    expect(bucket.holdsFromUs(0, 1)).toBe(2_500_001);
    expect(bucket.holds(2_500_000, 1)).toBe(false);
    expect(bucket.holds(2_500_001, 1)).toBe(true);
  });

  test("says never where its rate is nothing, and always where it has none", () => {
    expect(new Bucket(0, 0).holdsFromUs(5, 1)).toBeUndefined();
    expect(new Bucket(0, undefined).holdsFromUs(5, 1)).toBe(5);
  });

  test("a new rate keeps what is in it, up to what fits", () => {
    const bucket = new Bucket(0, 100);
    bucket.spend(0, 40);
    bucket.setRate(0, 1_000);
    expect(bucket.levelMicros(0)).toBe(60 * microsPerUnit);
    bucket.setRate(0, 10);
    expect(bucket.levelMicros(0)).toBe(10 * microsPerUnit);
    bucket.setRate(0, 0);
    bucket.setRate(0, 100);
    expect(bucket.levelMicros(0)).toBe(0);
  });

  test("after a 429 it gives a tenth less, and a hundredth comes back for each clean ten seconds", () => {
    const bucket = new Bucket(0, 1_000);
    bucket.slowDown(0, 0);
    expect(bucket.currentRate).toBe(900);
    bucket.levelMicros(9_999_999);
    expect(bucket.currentRate).toBe(900);
    bucket.levelMicros(10 * secondUs);
    expect(bucket.currentRate).toBe(910);
    bucket.levelMicros(100 * secondUs);
    expect(bucket.currentRate).toBe(1_000);
  });

  test("a pause empties it and gives nothing before its end", () => {
    const bucket = new Bucket(0, 100);
    bucket.rest(0, 3 * secondUs);
    expect(bucket.levelMicros(3 * secondUs)).toBe(0);
    expect(bucket.levelMicros(3 * secondUs + 10_000)).toBe(1 * microsPerUnit);
  });

  test("what the provider says is left lowers it and never raises it", () => {
    const bucket = new Bucket(0, 100);
    bucket.lowerTo(0, 7);
    bucket.lowerTo(0, 70);
    expect(bucket.levelMicros(0)).toBe(7 * microsPerUnit);
  });

  const looks = fc.array(fc.integer({ min: 0, max: 40 * secondUs }), { maxLength: 20 });
  test("S10 S13 how often it is looked at changes nothing, and it stays whole", () => {
    fc.assert(
      fc.property(
        looks,
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.nat(1_000_000_000),
        fc.boolean(),
        (times, rate, spent, slow) => {
          const [looked, alone] = [new Bucket(0, rate), new Bucket(0, rate)];
          for (const bucket of [looked, alone]) {
            if (slow) bucket.slowDown(0, secondUs);
            bucket.spend(0, spent);
          }
          for (const atUs of times.toSorted((one, other) => one - other)) looked.levelMicros(atUs);
          const level = looked.levelMicros(40 * secondUs);
          expect(level).toBe(alone.levelMicros(40 * secondUs));
          expect(Number.isSafeInteger(level)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("V1 it holds enough exactly from the moment that it says, and not before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat(100_000), fc.boolean(), (rate, spent, slow) => {
        const bucket = new Bucket(0, rate);
        if (slow) bucket.slowDown(0, 0);
        bucket.spend(0, spent);
        const fromUs = bucket.holdsFromUs(0, 1) ?? 0;
        // While it recovers it may be sooner, by steps that nobody waits for.
        if (!slow && fromUs > 0) expect(bucket.holds(fromUs - 1, 1)).toBe(false);
        expect(bucket.holds(fromUs, 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
