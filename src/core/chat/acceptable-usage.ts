import type { Usage } from "#core/chat/usage.ts";

/** More tokens than any single request can have; what lies above is a fault of whoever counted. */
export const maxTokensPerRequest = 100_000_000;

/**
 * The usage itself when a single request can have it; undefined when any count is negative, no integer or above
 * `maxTokensPerRequest`, or sound, pictures or what is cached for long are more than what they are part of. Such counts must neither be charged nor
 * recorded.
 */
export function acceptableUsage(usage: Usage): Usage | undefined {
  const counts = [
    usage.inputTokens,
    usage.cachedTokens,
    usage.cacheWriteTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    usage.audioInputTokens,
    usage.imageInputTokens,
    usage.audioOutputTokens,
    usage.cacheWriteLongTokens,
  ];
  return counts.every(acceptableCount) && holdsItsParts(usage) ? usage : undefined;
}

function holdsItsParts({ inputTokens, outputTokens, cacheWriteTokens, ...parts }: Usage): boolean {
  const { audioInputTokens = 0, imageInputTokens = 0, audioOutputTokens = 0, cacheWriteLongTokens = 0 } = parts;
  const most = Number.POSITIVE_INFINITY;
  return (
    audioInputTokens + imageInputTokens <= (inputTokens ?? most) &&
    audioOutputTokens <= (outputTokens ?? most) &&
    cacheWriteLongTokens <= (cacheWriteTokens ?? most)
  );
}

function acceptableCount(count: number | undefined): boolean {
  return count === undefined || (Number.isInteger(count) && count >= 0 && count <= maxTokensPerRequest);
}
