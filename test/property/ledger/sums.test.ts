import { expect, test } from "bun:test";
import { costNanos, wholePrice } from "#core/ledger/money.ts";
import { fuzzTimeoutMs } from "../fuzz-share.ts";

/** `make test-long` adds up ten million. */
const entries = Number(process.env["LONG_ENTRIES"] ?? 200_000);

test(
  `L10: the sum of ${entries} entries is off by no more than half a nano-dollar each, and not to one side`,
  () => {
    const price = wholePrice({
      input: 3_000_000_007n,
      cached: 300_000_003n,
      cacheWrite: 3_750_000_001n,
      output: 15n ** 9n,
    });
    let state = 1n;
    let [billed, exactMillionths] = [0n, 0n];
    for (let entry = 0; entry < entries; entry += 1) {
      // Knuth's 64-bit linear congruential generator; its high bits are what is used.
      state = BigInt.asUintN(64, state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
      const draw = Number(state >> 32n);
      const [cachedTokens, cacheWriteTokens] = [draw % 5_003, draw % 907];
      const inputTokens = cachedTokens + cacheWriteTokens + (draw % 9_973);
      const outputTokens = draw % 4_001;
      billed += costNanos({ inputTokens, cachedTokens, cacheWriteTokens, outputTokens }, price) ?? 0n;
      exactMillionths +=
        BigInt(inputTokens - cachedTokens - cacheWriteTokens) * price.input +
        BigInt(cachedTokens) * price.cached +
        BigInt(cacheWriteTokens) * price.cacheWrite +
        BigInt(outputTokens) * price.output;
    }
    const offMillionths = Number(billed * 1_000_000n - exactMillionths);
    expect(Math.abs(offMillionths)).toBeLessThanOrEqual(entries * 500_000);
    // Six standard deviations of as many rounding errors, each even over half a nano-dollar to both sides.
    expect(Math.abs(offMillionths)).toBeLessThanOrEqual(6 * Math.sqrt(entries / 12) * 1_000_000);
  },
  fuzzTimeoutMs(),
);
