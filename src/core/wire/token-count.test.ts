import { expect, test } from "bun:test";
import { countOf, countWithin, sumOfCounts, usageOf } from "#core/wire/token-count.ts";

test("T-21 F48 zeros stay zeros, unbelievable counts are left out, unknown stays unknown", () => {
  expect([0, 7, -1, 1.5, 1e12, "7", null, undefined].map(countOf)).toEqual([
    0,
    7,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect([countWithin(3, 5), countWithin(6, 5), countWithin(6, undefined)]).toEqual([3, undefined, 6]);
  expect([sumOfCounts(1, undefined, 2), sumOfCounts(0), sumOfCounts(undefined), sumOfCounts(9e7, 9e7)]).toEqual([
    3,
    0,
    undefined,
    undefined,
  ]);
  const unknown = {
    inputTokens: undefined,
    cachedTokens: undefined,
    cacheWriteTokens: undefined,
    outputTokens: undefined,
    reasoningTokens: undefined,
  };
  expect(usageOf(unknown)).toBeUndefined();
  expect(usageOf({ ...unknown, outputTokens: 0 })).toEqual({ outputTokens: 0 });
});
