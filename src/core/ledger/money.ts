import type { Usage } from "#core/chat/usage.ts";
import { GatewayError } from "#core/errors.ts";

/** Prices of one model, each in nano-dollars (1e-9 USD) per million tokens of its kind. */
export interface Price {
  readonly input: bigint;
  /** Input read from the provider's cache. */
  readonly cached: bigint;
  /** Input written to the provider's cache. */
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly reasoning: bigint;
}

const tokensPerPriceUnit = 1_000_000n;
const nanosPerDollar = 1_000_000_000n;

/**
 * Cost in nano-dollars: each kind of token at its own price, summed exactly, divided once, rounded half to even.
 * Cached and cache-write tokens are part of the input, reasoning tokens part of the output. Undefined when nothing was
 * counted. The usage must be an acceptable one (see `acceptableUsage`).
 */
export function costNanos(usage: Usage, price: Price): bigint | undefined {
  if (usage.inputTokens === undefined && usage.outputTokens === undefined) return undefined;
  const cached = usage.cachedTokens ?? 0;
  const cacheWrite = usage.cacheWriteTokens ?? 0;
  const reasoning = usage.reasoningTokens ?? 0;
  const plainInput = Math.max(0, (usage.inputTokens ?? 0) - cached - cacheWrite);
  const plainOutput = Math.max(0, (usage.outputTokens ?? 0) - reasoning);
  const sum =
    BigInt(plainInput) * price.input +
    BigInt(cached) * price.cached +
    BigInt(cacheWrite) * price.cacheWrite +
    BigInt(plainOutput) * price.output +
    BigInt(reasoning) * price.reasoning;
  return divideHalfEven(sum, tokensPerPriceUnit);
}

/** `dividend / divisor` rounded to the nearest integer, ties to the even one. The divisor must be positive. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const twice = (rest < 0n ? -rest : rest) * 2n;
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
