import { expect, test } from "bun:test";
import { amendCounters, encodeUsage, usageOfCounters } from "#core/wire/anthropic-messages/token-usage.ts";

const counted = (...usages: readonly object[]) => usageOfCounters(usages.reduce(amendCounters, {}));
const kept = (short: number, long: number) => ({
  cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
});

test("T-25: what is kept in the cache for an hour is counted apart from what is kept for five minutes", () => {
  const said = { input_tokens: 10, cache_creation_input_tokens: 7, output_tokens: 1 };
  expect(counted({ ...said, ...kept(3, 4) })).toEqual({
    inputTokens: 17,
    cacheWriteTokens: 7,
    cacheWriteLongTokens: 4,
    outputTokens: 1,
  });
  expect(counted({ ...said, ...kept(7, 0) })).toEqual({ inputTokens: 17, cacheWriteTokens: 7, outputTokens: 1 });
  // A later object says how much was written, but not for how long.
  expect(counted({ ...said, ...kept(3, 4) }, said)?.cacheWriteLongTokens).toBe(4);
});

test("parts alone make the whole, and parts beyond the whole are not believed", () => {
  const said = { input_tokens: 10, output_tokens: 1 };
  expect(counted({ ...said, ...kept(3, 4) })).toMatchObject({ inputTokens: 17, cacheWriteTokens: 7 });
  expect(counted({ ...said, cache_creation_input_tokens: 2, ...kept(0, 4) })).toEqual({
    inputTokens: 12,
    cacheWriteTokens: 2,
    outputTokens: 1,
  });
});

test("what is written says again for how long", () => {
  const usage = { inputTokens: 17, cacheWriteTokens: 7, cacheWriteLongTokens: 4, outputTokens: 1 };
  expect(counted(encodeUsage(usage))).toEqual({ ...usage, cachedTokens: 0 });
});
