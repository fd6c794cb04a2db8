import type { Usage } from "#core/chat/usage.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { countOf, countWithin, partsWithin, usageOf } from "#core/wire/token-count.ts";

/**
 * The counts of OpenAI's `usage` object, of chat and of embeddings. Negative, fractional and absurd counts are left out,
 * explicit zeros kept. DeepSeek's cache field and xAI's habit of counting reasoning beside the output are understood.
 * Undefined when nothing usable is said.
 */
export function decodeUsage(value: unknown): Usage | undefined {
  const usage = recordOf(value);
  if (usage === undefined) return undefined;
  const promptDetails = recordOf(usage["prompt_tokens_details"]);
  const outputDetails = recordOf(usage["completion_tokens_details"]);
  const input = countOf(usage["prompt_tokens"]);
  const reasoning = countOf(outputDetails?.["reasoning_tokens"]);
  const completion = countOf(usage["completion_tokens"]);
  const cached = countOf(promptDetails?.["cached_tokens"]) ?? countOf(usage["prompt_cache_hit_tokens"]);
  const output = withReasoning(input, completion, reasoning, usage["total_tokens"]);
  const [audio, image] = partsWithin(
    countOf(promptDetails?.["audio_tokens"]),
    countOf(promptDetails?.["image_tokens"]),
    input,
  );
  return usageOf({
    inputTokens: input,
    cachedTokens: countWithin(cached, input),
    cacheWriteTokens: countWithin(countOf(promptDetails?.["cache_write_tokens"]), input),
    outputTokens: output,
    reasoningTokens: reasoning,
    audioInputTokens: audio,
    imageInputTokens: image,
    audioOutputTokens: countWithin(countOf(outputDetails?.["audio_tokens"]), output),
  });
}

/** OpenAI's `usage` object; counts that nobody reported are left out, never zero. */
export function encodeUsage(usage: Usage): Readonly<Record<string, unknown>> {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens } = usage;
  const { audioInputTokens, imageInputTokens, audioOutputTokens } = usage;
  const total = inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: total,
    prompt_tokens_details: known({
      cached_tokens: cachedTokens,
      cache_write_tokens: cacheWriteTokens,
      audio_tokens: audioInputTokens,
      image_tokens: imageInputTokens,
    }),
    completion_tokens_details: known({ reasoning_tokens: reasoningTokens, audio_tokens: audioOutputTokens }),
  };
}

/** The counts themselves when any of them is known. */
function known(counts: Readonly<Record<string, number | undefined>>): typeof counts | undefined {
  return Object.values(counts).some((count) => count !== undefined) ? counts : undefined;
}

function withReasoning(
  input: number | undefined,
  completion: number | undefined,
  reasoning: number | undefined,
  total: unknown,
): number | undefined {
  if (input === undefined || completion === undefined || reasoning === undefined) return completion;
  return input + completion + reasoning === total ? completion + reasoning : completion;
}
