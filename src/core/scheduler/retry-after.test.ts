import { expect, test } from "bun:test";
import { Jitter, RetryAfter } from "#core/scheduler/retry-after.ts";

const secondUs = 1_000_000;

/** Drops so many a second from one moment to another. Returns what the last was told. */
function drops(retryAfter: RetryAfter, fromSeconds: number, untilSeconds: number, perSecond: number): number {
  let told = 0;
  for (let index = 0; index < (untilSeconds - fromSeconds) * perSecond; index += 1) {
    told = retryAfter.drop(Math.floor((fromSeconds + index / perSecond) * secondUs));
  }
  return told;
}

test("it begins with a second, doubles while many are turned away, and never passes 32", () => {
  const retryAfter = new RetryAfter();
  expect(retryAfter.drop(0)).toBe(1);
  expect(drops(retryAfter, 0, 1.5, 10)).toBe(2);
  expect(drops(retryAfter, 1.5, 4, 10)).toBe(4);
  expect(drops(retryAfter, 4, 200, 10)).toBe(32);
});

test("it sinks while few are turned away, and is a second again after a long quiet time", () => {
  const retryAfter = new RetryAfter();
  expect(drops(retryAfter, 0, 20, 10)).toBe(16);
  expect(drops(retryAfter, 20, 400, 0.05)).toBeLessThan(32);
  expect(retryAfter.drop(3_600 * secondUs)).toBe(1);
});

test("jitter adds up to a fifth, whole seconds, the same for the same seed", () => {
  const [one, other] = [new Jitter(7), new Jitter(7)];
  const spread = Array.from({ length: 200 }, () => one.spreadMs(30));
  expect(Array.from({ length: 200 }, () => other.spreadMs(30))).toEqual(spread);
  expect(Math.min(...spread)).toBeGreaterThanOrEqual(30_000);
  expect(Math.max(...spread)).toBeLessThanOrEqual(36_000);
  expect(new Set(spread).size).toBeGreaterThan(4);
  expect(spread.every((delayMs) => delayMs % 1000 === 0)).toBe(true);
});
