import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { acceptableUsage, maxTokensPerRequest } from "#core/chat/acceptable-usage.ts";
import type { Usage } from "#core/chat/usage.ts";
import {
  costNanos,
  divideHalfEven,
  formatUsd,
  maxPriceNanos,
  parseUsd,
  type Price,
  tariffFor,
  wholePrice,
} from "#core/ledger/money.ts";

const dollars = (perMillion: string): bigint => parseUsd(perMillion);
const price = wholePrice({
  input: dollars("3"),
  cached: dollars("0.3"),
  cacheWrite: dollars("3.75"),
  cacheWriteLong: dollars("6"),
  output: dollars("15"),
  reasoning: dollars("20"),
  audioInput: dollars("32"),
  audioOutput: dollars("64"),
  imageInput: dollars("5"),
});

describe("T-25: every kind of token has its own price, per million", () => {
  test("one million tokens of a kind cost exactly its price", () => {
    const million = 1_000_000;
    expect(costNanos({ inputTokens: million }, price)).toBe(dollars("3"));
    expect(costNanos({ inputTokens: million, cachedTokens: million }, price)).toBe(dollars("0.3"));
    expect(costNanos({ inputTokens: million, cacheWriteTokens: million }, price)).toBe(dollars("3.75"));
    expect(costNanos({ outputTokens: million }, price)).toBe(dollars("15"));
    expect(costNanos({ outputTokens: million, reasoningTokens: million }, price)).toBe(dollars("20"));
  });

  test("what is kept in the cache for long is a part of what is written to it, and costs its own price", () => {
    const usage = { inputTokens: 1_000_000, cacheWriteTokens: 800_000, cacheWriteLongTokens: 300_000 };
    // 200,000 x 3 + 500,000 x 3.75 + 300,000 x 6
    expect(costNanos(usage, price)).toBe(dollars("0.6") + dollars("1.875") + dollars("1.8"));
    expect(costNanos({ ...usage, cacheWriteLongTokens: 900_000 }, price)).toBe(dollars("0.6") + dollars("4.8"));
    expect(wholePrice({ input: 3n, cacheWrite: 4n, output: 5n }).cacheWriteLong).toBe(4n);
  });

  test("sound and pictures have prices of their own, and the call itself", () => {
    const million = 1_000_000;
    expect(costNanos({ inputTokens: million, audioInputTokens: million }, price)).toBe(dollars("32"));
    expect(costNanos({ inputTokens: million, imageInputTokens: million }, price)).toBe(dollars("5"));
    expect(costNanos({ outputTokens: million, audioOutputTokens: million }, price)).toBe(dollars("64"));
    expect(costNanos({ inputTokens: 0 }, { ...price, requestNanos: dollars("0.01") })).toBe(dollars("0.01"));
  });

  test("sound that came from the cache costs what the cache costs, and nothing is charged twice", () => {
    const usage = { inputTokens: 1_000_000, cachedTokens: 800_000, audioInputTokens: 1_000_000 };
    // 800,000 x 0.3 + 200,000 x 32
    expect(costNanos(usage, price)).toBe(dollars("0.24") + dollars("6.4"));
  });

  test("a step holds for the whole call, its output too, once its whole input is longer", () => {
    const long = { input: dollars("6"), cached: dollars("0.6"), output: dollars("22.5") };
    const stepped = wholePrice({ ...price, steps: [{ aboveInputTokens: 200_000, ...long }] });
    const cost = (inputTokens: number, cachedTokens: number) =>
      costNanos({ inputTokens, cachedTokens, outputTokens: 1_000_000 }, stepped);
    expect(cost(200_000, 0)).toBe(dollars("15.6"));
    expect(cost(200_001, 200_001)).toBe(dollars("22.5") + 120_000_600n);
  });

  test("the highest step that the input is above holds, in whatever order steps are stated", () => {
    const at = (aboveInputTokens: number, usd: string) => ({ aboveInputTokens, input: dollars(usd), output: 0n });
    const stepped = wholePrice({ input: dollars("1"), output: 0n, steps: [at(300, "3"), at(100, "2")] });
    const inputs = [100, 101, 300, 301].map((tokens) => tariffFor(stepped, tokens).input);
    expect(inputs).toEqual(["1", "2", "2", "3"].map(dollars));
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

  test("L10: any request is billed within half a nano-dollar of its exact cost, ties to the even one", () => {
    fc.assert(
      fc.property(anyUsage, anyPrice, (usage, tariffs) => {
        const billed = costNanos(usage, tariffs) ?? -1n;
        const offMillionths = (billed - tariffs.requestNanos) * 1_000_000n - exactMillionths(usage, tariffs);
        expect(offMillionths <= 500_000n && offMillionths >= -500_000n).toBe(true);
        if (offMillionths === 500_000n || offMillionths === -500_000n) {
          expect((billed - tariffs.requestNanos) % 2n).toBe(0n);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("L10: the sum of a day is the sum of its requests, each off by no more than half a nano-dollar", () => {
    const day = fc.array(anyUsage, { maxLength: 200 });
    fc.assert(
      fc.property(day, anyPrice, (usages, tariffs) => {
        let billed = 0n;
        let exact = 0n;
        for (const usage of usages) {
          billed += costNanos(usage, tariffs) ?? 0n;
          exact += exactMillionths(usage, tariffs) + tariffs.requestNanos * 1_000_000n;
        }
        const offMillionths = billed * 1_000_000n - exact;
        const most = BigInt(usages.length) * 500_000n;
        expect(offMillionths <= most && offMillionths >= -most).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("F110: the dearest call that there can be fits 64 bits; a negative count is refused", () => {
    const kinds = { input: maxPriceNanos, output: maxPriceNanos };
    const dearest = wholePrice({ ...kinds, requestNanos: maxPriceNanos });
    const most = {
      inputTokens: maxTokensPerRequest,
      cachedTokens: maxTokensPerRequest,
      outputTokens: maxTokensPerRequest,
    };
    const all = { ...most, cacheWriteTokens: maxTokensPerRequest, reasoningTokens: maxTokensPerRequest };
    const nanos = costNanos(all, dearest) ?? -1n;
    expect(BigInt.asIntN(64, nanos)).toBe(nanos);
    expect(nanos > 0n).toBe(true);
    for (const name of ["inputTokens", "cachedTokens", "cacheWriteTokens", "outputTokens", "reasoningTokens"]) {
      const usage = { inputTokens: 5, outputTokens: 5, [name]: -1 };
      expect(() => costNanos(usage, price)).toThrow("negative count");
    }
  });
});

const anyCount = fc.integer({ min: 0, max: maxTokensPerRequest });
const someCount = fc.oneof(anyCount, fc.nat(20), fc.constant(undefined));
const anyUsage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: anyCount,
  cachedTokens: someCount,
  cacheWriteTokens: someCount,
  outputTokens: anyCount,
  reasoningTokens: someCount,
  audioInputTokens: someCount,
  imageInputTokens: someCount,
  audioOutputTokens: someCount,
  cacheWriteLongTokens: someCount,
}) as fc.Arbitrary<Usage>;
/** Small amounts make ties likely. */
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: maxPriceNanos }),
  fc.constantFrom(0n, 1n, 250_000n, 500_000n, 1_500_000n),
);
const anyTariff = {
  input: amount,
  cached: amount,
  cacheWrite: amount,
  cacheWriteLong: amount,
  output: amount,
  reasoning: amount,
  audioInput: amount,
  audioOutput: amount,
  imageInput: amount,
};
const anyStep = fc.record({ aboveInputTokens: fc.integer({ min: 1, max: maxTokensPerRequest }), ...anyTariff });
const anyPrice = fc
  .record({
    ...anyTariff,
    requestNanos: amount,
    steps: fc.uniqueArray(anyStep, { maxLength: 3, selector: (step) => step.aboveInputTokens }),
  })
  .map(wholePrice);

/** Every token on its own pile, in the order in which piles are filled: cache, then sound, then pictures, then the rest. */
function exactMillionths(usage: Usage, whole: Price): bigint {
  const { inputTokens = 0, outputTokens = 0, cacheWriteTokens = 0 } = usage;
  const long = Math.min(usage.cacheWriteLongTokens ?? 0, cacheWriteTokens);
  const tariff = whole.steps.filter((step) => inputTokens > step.aboveInputTokens).at(-1) ?? whole;
  let nanos = 0n;
  const side = (
    whole: number,
    plain: bigint,
    piles: readonly (readonly [number | undefined, bigint, boolean])[],
  ): void => {
    let left = whole;
    for (const [tokens = 0, each, bounded] of piles) {
      const taken = bounded ? Math.min(tokens, left) : tokens;
      nanos += BigInt(taken) * each;
      left = Math.max(0, left - taken);
    }
    nanos += BigInt(left) * plain;
  };
  side(inputTokens, tariff.input, [
    [usage.cachedTokens, tariff.cached, false],
    [long, tariff.cacheWriteLong, false],
    [cacheWriteTokens - long, tariff.cacheWrite, false],
    [usage.audioInputTokens, tariff.audioInput, true],
    [usage.imageInputTokens, tariff.imageInput, true],
  ]);
  side(outputTokens, tariff.output, [
    [usage.reasoningTokens, tariff.reasoning, false],
    [usage.audioOutputTokens, tariff.audioOutput, true],
  ]);
  return nanos;
}

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
