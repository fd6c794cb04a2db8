import { maxTokensPerRequest } from "#core/chat/acceptable-usage.ts";
import type { Usage } from "#core/chat/usage.ts";

/** A count that a single request can have; undefined for what is negative, fractional, absurd or no number. */
export function countOf(value: unknown): number | undefined {
  const believable = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxTokensPerRequest;
  return believable ? value : undefined;
}

/** A count that is part of another: undefined where it would be more than the whole. */
export function countWithin(part: number | undefined, whole: number | undefined): number | undefined {
  return part !== undefined && whole !== undefined && part > whole ? undefined : part;
}

/** Two parts of one whole: neither of them where together they would be more than it. */
export function partsWithin(
  one: number | undefined,
  other: number | undefined,
  whole: number | undefined,
): readonly [number | undefined, number | undefined] {
  const isTooMuch = whole !== undefined && (one ?? 0) + (other ?? 0) > whole;
  return isTooMuch ? [undefined, undefined] : [one, other];
}

/** The sum of counts that are known; undefined when none is, or when it is more than a single request can have. */
export function sumOfCounts(...counts: readonly (number | undefined)[]): number | undefined {
  let sum: number | undefined;
  for (const count of counts) if (count !== undefined) sum = (sum ?? 0) + count;
  return countOf(sum);
}

const kinds = [
  "inputTokens",
  "cachedTokens",
  "cacheWriteTokens",
  "outputTokens",
  "reasoningTokens",
  "audioInputTokens",
  "imageInputTokens",
  "audioOutputTokens",
  "cacheWriteLongTokens",
] as const;

/** The counts that are known as usage; undefined when none is. Explicit zeros stay. */
export function usageOf(counts: { readonly [Name in keyof Usage]: number | undefined }): Usage | undefined {
  const known: { -readonly [Name in keyof Usage]: Usage[Name] } = {};
  let isSome = false;
  for (const kind of kinds) {
    const count = counts[kind];
    if (count === undefined) continue;
    known[kind] = count;
    isSome = true;
  }
  return isSome ? known : undefined;
}
