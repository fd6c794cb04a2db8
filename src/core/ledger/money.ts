import type { Usage } from "#core/chat/usage.ts";
import { GatewayError } from "#core/errors.ts";

/** What each kind of token costs, in nano-dollars (1e-9 USD) per million tokens of its kind; never per token. */
export interface Tariff {
  readonly input: bigint;
  /** Input read from the provider's cache. */
  readonly cached: bigint;
  /** Input written to the provider's cache. */
  readonly cacheWrite: bigint;
  /** Input that the provider's cache keeps for long (an hour at Anthropic); as `cacheWrite` unless it has a price of its own. */
  readonly cacheWriteLong: bigint;
  readonly output: bigint;
  readonly reasoning: bigint;
  readonly audioInput: bigint;
  readonly audioOutput: bigint;
  readonly imageInput: bigint;
}

/** Another tariff for the whole call, its output too, when its whole input is longer. */
export interface PriceStep extends Tariff {
  readonly aboveInputTokens: number;
}

/** What one model costs. */
export interface Price extends Tariff {
  /** Nano-dollars for the call itself. */
  readonly requestNanos: bigint;
  /** The shortest input first. */
  readonly steps: readonly PriceStep[];
}

type PartialTariff = Pick<Tariff, "input" | "output"> & { readonly [Kind in keyof Tariff]?: bigint | undefined };

/** A price with what may be left out. */
export interface StatedPrice extends PartialTariff {
  readonly requestNanos?: bigint | undefined;
  readonly steps?: readonly (PartialTariff & { readonly aboveInputTokens: number })[] | undefined;
}

/** Dearest believable price, 1 million dollars (per million tokens, or for a call): keeps the cost of any acceptable usage within 63 bits. */
export const maxPriceNanos = 10n ** 15n;

const tokensPerPriceUnit = 1_000_000n;
const nanosPerDollar = 1_000_000_000n;

/** The whole price: a kind without a price of its own costs what its whole costs. */
export function wholePrice({ requestNanos = 0n, steps = [], ...stated }: StatedPrice): Price {
  const whole = steps.map(({ aboveInputTokens, ...step }) => ({ aboveInputTokens, ...wholeTariff(step) }));
  return {
    ...wholeTariff(stated),
    requestNanos,
    steps: whole.toSorted((one, other) => one.aboveInputTokens - other.aboveInputTokens),
  };
}

function wholeTariff(stated: PartialTariff): Tariff {
  const { input, cached = input, cacheWrite = input, audioInput = input, imageInput = input } = stated;
  const { cacheWriteLong = cacheWrite } = stated;
  const { output, reasoning = output, audioOutput = output } = stated;
  return { input, cached, cacheWrite, cacheWriteLong, output, reasoning, audioInput, audioOutput, imageInput };
}

/** The tariff of a call with so many tokens of input in all: that of the highest step which it is above. */
export function tariffFor(price: Price, inputTokens: number): Tariff {
  return price.steps.findLast(({ aboveInputTokens }) => inputTokens > aboveInputTokens) ?? price;
}

/**
 * Cost in nano-dollars: each kind of token at its own price, summed exactly, divided once, rounded half to even.
 * Cached, cache-write, sound and picture tokens are part of the input, reasoning and sound of the output; sound and pictures
 * that came from the cache cost what the cache costs. Undefined when nothing was counted. The usage must be an acceptable one
 * (see `acceptableUsage`): a negative count throws `internal`.
 */
export function costNanos(usage: Usage, price: Price): bigint | undefined {
  if (usage.inputTokens === undefined && usage.outputTokens === undefined) return undefined;
  const tariff = tariffFor(price, usage.inputTokens ?? 0);
  const cached = usage.cachedTokens ?? 0;
  const cacheWrite = usage.cacheWriteTokens ?? 0;
  const cacheWriteLong = Math.min(usage.cacheWriteLongTokens ?? 0, cacheWrite);
  const reasoning = usage.reasoningTokens ?? 0;
  const fresh = rest(usage.inputTokens, cached, cacheWrite);
  const audioInput = Math.min(usage.audioInputTokens ?? 0, fresh);
  const imageInput = Math.min(usage.imageInputTokens ?? 0, fresh - audioInput);
  const spoken = rest(usage.outputTokens, reasoning, 0);
  const audioOutput = Math.min(usage.audioOutputTokens ?? 0, spoken);
  const millionths =
    amount(fresh - audioInput - imageInput, tariff.input) +
    amount(cached, tariff.cached) +
    amount(cacheWrite - cacheWriteLong, tariff.cacheWrite) +
    amount(cacheWriteLong, tariff.cacheWriteLong) +
    amount(audioInput, tariff.audioInput) +
    amount(imageInput, tariff.imageInput) +
    amount(spoken - audioOutput, tariff.output) +
    amount(audioOutput, tariff.audioOutput) +
    amount(reasoning, tariff.reasoning);
  return divideHalfEven(millionths, tokensPerPriceUnit) + price.requestNanos;
}

/** What of the whole is in none of its two parts. */
function rest(whole = 0, one: number, other: number): number {
  if (whole < 0) throw negativeCount();
  return Math.max(0, whole - one - other);
}

function amount(tokens: number, nanosPerMillion: bigint): bigint {
  if (tokens < 0) throw negativeCount();
  return tokens === 0 ? 0n : BigInt(tokens) * nanosPerMillion;
}

function negativeCount(): GatewayError {
  return new GatewayError("internal", "A negative count of tokens has no cost.");
}

/** `dividend / divisor` rounded to the nearest integer, ties to the even one. The divisor must be positive. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const remainder = dividend % divisor;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  if (twice < divisor || (twice === divisor && quotient % 2n === 0n)) return quotient;
  return dividend < 0n ? quotient - 1n : quotient + 1n;
}

/** Nano-dollars as decimal dollars with every digit and no trailing zeros: `1500000000n` is `1.5`, `-1n` is `-0.000000001`. */
export function formatUsd(nanos: bigint): string {
  const sign = nanos < 0n ? "-" : "";
  const digits = (nanos < 0n ? -nanos : nanos).toString().padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return sign + digits.slice(0, -9) + (fraction === "" ? "" : `.${fraction}`);
}

/** Decimal dollars as nano-dollars. Throws `invalid_request` for anything but an optional sign, digits and up to nine decimals. */
export function parseUsd(text: string): bigint {
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) {
    throw new GatewayError("invalid_request", "An amount is written as decimal US dollars, such as 12.50.");
  }
  const [, sign, whole = "0", fraction = ""] = match;
  const nanos = BigInt(whole) * nanosPerDollar + BigInt(fraction.padEnd(9, "0"));
  return sign === "-" ? -nanos : nanos;
}
