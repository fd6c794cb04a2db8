/** The parts of the simulation itself: what they draw, order and measure. */
import { describe, expect, test } from "bun:test";
import { Draws } from "./draws.ts";
import { EventHeap } from "./event-heap.ts";
import { jainIndex, percentile, sum } from "./measures.ts";

describe("draws", () => {
  const draws = new Draws(1);
  const many = (draw: () => number): number[] =>
    Array.from({ length: 20_000 }, draw).toSorted((one, other) => one - other);

  test("gaps have the mean that was asked for", () => {
    expect(sum(many(() => draws.gap(10_000))) / 20_000 / 10_000).toBeCloseTo(1, 1);
  });

  test("a log-normal has its median, and the spread of its logarithm", () => {
    const drawn = many(() => draws.logNormal(300_000, 0.6));
    expect(percentile(drawn, 50) / 300_000).toBeCloseTo(1, 1);
    expect(percentile(drawn, 84.13) / percentile(drawn, 50)).toBeCloseTo(Math.exp(0.6), 1);
  });

  test("a seed draws the same again", () => {
    const [one, other] = [new Draws(7), new Draws(7)];
    expect(Array.from({ length: 50 }, () => one.gap(1e6))).toEqual(Array.from({ length: 50 }, () => other.gap(1e6)));
  });
});

test("events run in order of time, then of arrival, those added meanwhile included", () => {
  const heap = new EventHeap();
  const seen: string[] = [];
  for (const atUs of [30, 10, 20, 10, 50]) heap.at(atUs, () => seen.push(`${atUs}`));
  heap.at(10, () => heap.after(5, () => seen.push("15")));
  heap.runUntil(40);
  expect([seen, heap.nowUs]).toEqual([["10", "10", "15", "20", "30"], 40]);
});

test("Jain's index is 1 when all are equal and 1/n when one has everything", () => {
  expect([jainIndex([3, 3, 3]), jainIndex([5, 0, 0, 0])]).toEqual([1, 0.25]);
});
