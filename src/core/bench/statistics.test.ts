import { expect, test } from "bun:test";
import { median, quantile } from "#core/bench/statistics.ts";

test("the median of an even number of values lies between the middle two", () => {
  expect([median([9, 1, 5]), median([4, 1, 3, 2])]).toEqual([5, 2.5]);
});

test("quantiles use the nearest rank", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]).toEqual([50, 99, 100]);
});
