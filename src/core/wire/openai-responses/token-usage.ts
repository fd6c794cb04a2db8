import type { Usage } from "#core/chat/usage.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { countOf, countWithin, partsWithin, usageOf } from "#core/wire/token-count.ts";

/** The counts of a response's `usage`; undefined when nothing usable is said. Explicit zeros are kept. */
export function decodeUsage(value: unknown): Usage | undefined {
  const usage = recordOf(value);
  if (usage === undefined) return undefined;
  const inputDetails = recordOf(usage["input_tokens_details"]);
  const outputDetails = recordOf(usage["output_tokens_details"]);
  const input = countOf(usage["input_tokens"]);
  const output = countOf(usage["output_tokens"]);
  const [audio, image] = partsWithin(
    countOf(inputDetails?.["audio_tokens"]),
    countOf(inputDetails?.["image_tokens"]),
    input,
  );
  return usageOf({
    inputTokens: input,
    cachedTokens: countWithin(countOf(inputDetails?.["cached_tokens"]), input),
    cacheWriteTokens: countWithin(countOf(inputDetails?.["cache_write_tokens"]), input),
    outputTokens: output,
    reasoningTokens: countWithin(countOf(outputDetails?.["reasoning_tokens"]), output),
    audioInputTokens: audio,
    imageInputTokens: image,
    audioOutputTokens: countWithin(countOf(outputDetails?.["audio_tokens"]), output),
  });
}

/**
 * A response's `usage`; null while input or output is unknown. The details are numbers in every client's types, so a part
 * that nobody reported is 0 there.
 */
export function encodeUsage(usage: Usage | undefined): Readonly<Record<string, unknown>> | null {
  const { inputTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage ?? {};
  if (inputTokens === undefined || outputTokens === undefined) return null;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}
