import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { acceptableUsage, maxTokensPerRequest } from "#core/chat/acceptable-usage.ts";
import { costNanos, divideHalfEven, formatUsd, type Price, parseUsd } from "#core/ledger/money.ts";

const dollars = (perMillion: string): bigint => parseUsd(perMillion);
const price: Price = {
  input: dollars("3"),
  cached: dollars("0.3"),
  cacheWrite: dollars("3.75"),
  output: dollars("15"),
  reasoning: dollars("20"),
};

describe("T-25: every kind of token has its own price, per million", () => {
  test("one million tokens of a kind cost exactly its price", () => {
    const million = 1_000_000;
    expect(costNanos({ inputTokens: million }, price)).toBe(dollars("3"));
    expect(costNanos({ inputTokens: million, cachedTokens: million }, price)).toBe(dollars("0.3"));
    expect(costNanos({ inputTokens: million, cacheWriteTokens: million }, price)).toBe(dollars("3.75"));
    expect(costNanos({ outputTokens: million }, price)).toBe(dollars("15"));
    expect(costNanos({ outputTokens: million, reasoningTokens: million }, price)).toBe(dollars("20"));
  });

  test("parts are taken out of their whole before the rest is priced", () => {
    const usage = {
      inputTokens: 1_000,
      cachedTokens: 600,
      cacheWriteTokens: 300,
      outputTokens: 50,
      reasoningTokens: 20,
    };
    // 100 x 3 + 600 x 0.3 + 300 x 3.75 + 30 x 15 + 20 x 20 = 2455 micro-dollars
    expect(costNanos(usage, price)).toBe(2_455_000n);
  });

  test("one token costs what it costs, far below a micro-dollar", () => {
    expect(costNanos({ inputTokens: 1 }, { ...price, input: dollars("0.02") })).toBe(20n);
  });

  test("a part larger than its whole is charged, never credited", () => {
    expect(costNanos({ inputTokens: 10, cachedTokens: 20, outputTokens: 0 }, price)).toBe(6_000n);
  });

  test("nothing counted has no cost; an explicit zero costs zero", () => {
    expect(costNanos({}, price)).toBeUndefined();
    expect(costNanos({ inputTokens: 0, outputTokens: 0 }, price)).toBe(0n);
  });
});

describe("rounding", () => {
  test("ties go to the even neighbour, on both sides of zero", () => {
    const rounded = [-25n, -15n, -14n, -5n, 5n, 14n, 15n, 16n, 25n].map((value) => divideHalfEven(value, 10n));
    expect(rounded).toEqual([-2n, -2n, -1n, 0n, 0n, 1n, 2n, 2n, 2n]);
  });

  test("property: a request is never billed more than half a nano-dollar off its exact cost", () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
    const count = fc.integer({ min: 0, max: maxTokensPerRequest });
    fc.assert(
      fc.property(count, count, amount, amount, (inputTokens, outputTokens, input, output) => {
        const billed = costNanos({ inputTokens, outputTokens }, { ...price, input, output }) ?? -1n;
        const exactMillionths = BigInt(inputTokens) * input + BigInt(outputTokens) * output;
        const offMillionths = billed * 1_000_000n - exactMillionths;
        expect(offMillionths <= 500_000n && offMillionths >= -500_000n).toBe(true);
        expect(billed < 2n ** 63n).toBe(true);
      }),
    );
  });
});

describe("amounts as text", () => {
  test("no digit is lost and no zero added", () => {
    const pairs: readonly [bigint, string][] = [
      [0n, "0"],
      [1n, "0.000000001"],
      [-1n, "-0.000000001"],
      [1_500_000_000n, "1.5"],
      [20_000_000_000n, "20"],
      [2n ** 63n - 1n, "9223372036.854775807"],
    ];
    for (const [nanos, text] of pairs) {
      expect(formatUsd(nanos)).toBe(text);
      expect(parseUsd(text)).toBe(nanos);
    }
  });

  test("property: text and amount are the same thing", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (nanos) => {
        expect(parseUsd(formatUsd(nanos))).toBe(nanos);
      }),
    );
  });

  test("what is no plain amount is refused", () => {
    for (const text of ["", "1.", ".5", "1e3", "1,5", "+1", "0.0000000001", "NaN", " 1"]) {
      expect(() => parseUsd(text)).toThrow("decimal US dollars");
    }
  });
});

test("T-24: negative, fractional and absurd counts are refused, everything else passes unchanged", () => {
  const fine = { inputTokens: 0, cachedTokens: 0, outputTokens: maxTokensPerRequest };
  expect(acceptableUsage(fine)).toBe(fine);
  expect(acceptableUsage({})).toEqual({});
  for (const count of [-1, 0.5, maxTokensPerRequest + 1, Number.NaN, Number.POSITIVE_INFINITY, 95_700_000_000]) {
    expect(acceptableUsage({ inputTokens: count })).toBeUndefined();
    expect(acceptableUsage({ cachedTokens: count })).toBeUndefined();
    expect(acceptableUsage({ cacheWriteTokens: count })).toBeUndefined();
    expect(acceptableUsage({ outputTokens: count })).toBeUndefined();
    expect(acceptableUsage({ reasoningTokens: count })).toBeUndefined();
  }
});
