import { expect, test } from "bun:test";
import fc from "fast-check";
import { ServedWindow } from "#core/scheduler/served-window.ts";

const secondUs = 1_000_000;

test("a steady rate is seen as it is, by level", () => {
  const window = new ServedWindow(2, 2 * secondUs);
  for (let atUs = 0; atUs < 10 * secondUs; atUs += 10_000) window.add(atUs, 1, 5, 1);
  expect(Math.round(window.tokenRateMilli(10 * secondUs, 1) / 1000)).toBe(500);
  expect(Math.round(window.requestRateMilli(10 * secondUs, 1) / 1000)).toBe(100);
  expect(window.tokenRateMilli(10 * secondUs, 0)).toBe(0);
});

test("what is old is forgotten, and what was given back never makes it negative", () => {
  const window = new ServedWindow(1, 2 * secondUs);
  window.add(0, 0, 1_000, 1);
  expect(window.tokenRateMilli(secondUs, 0)).toBeGreaterThan(0);
  expect(window.tokenRateMilli(4 * secondUs, 0)).toBe(0);
  window.add(5 * secondUs, 0, -300, -1);
  expect(window.tokenRateMilli(5 * secondUs, 0)).toBe(0);
});

test("S10 asking changes nothing", () => {
  const events = fc.array(fc.tuple(fc.integer({ min: 0, max: secondUs }), fc.nat(1_000)), { maxLength: 30 });
  fc.assert(
    fc.property(events, fc.array(fc.nat(secondUs), { maxLength: 5 }), (added, asked) => {
      const [quiet, watched] = [new ServedWindow(1, secondUs), new ServedWindow(1, secondUs)];
      let nowUs = 0;
      for (const [afterUs, tokens] of added) {
        for (const earlierUs of asked) watched.tokenRateMilli(nowUs + earlierUs, 0);
        nowUs += afterUs;
        quiet.add(nowUs, 0, tokens, 1);
        watched.add(nowUs, 0, tokens, 1);
      }
      expect(watched.tokenRateMilli(nowUs + 10, 0)).toBe(quiet.tokenRateMilli(nowUs + 10, 0));
    }),
    { numRuns: 200 },
  );
});
