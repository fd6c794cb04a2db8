import type { Usage } from "#core/chat/usage.ts";

/** More tokens than any single request can have; what lies above is a fault of whoever counted. */
export const maxTokensPerRequest = 100_000_000;

/**
 * The usage itself when a single request can have it; undefined when any count is negative, no integer or above
 * `maxTokensPerRequest`. Such counts must neither be charged nor recorded.
 */
export function acceptableUsage(usage: Usage): Usage | undefined {
  const counts = [
    usage.inputTokens,
    usage.cachedTokens,
    usage.cacheWriteTokens,
    usage.outputTokens,
    usage.reasoningTokens,
  ];
  return counts.every(acceptableCount) ? usage : undefined;
}

function acceptableCount(count: number | undefined): boolean {
  return count === undefined || (Number.isInteger(count) && count >= 0 && count <= maxTokensPerRequest);
}
