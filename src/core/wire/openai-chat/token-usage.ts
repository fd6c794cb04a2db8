import type { Usage } from "#core/chat/usage.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { countOf, countWithin, usageOf } from "#core/wire/token-count.ts";

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
  return usageOf({
    inputTokens: input,
    cachedTokens: countWithin(cached, input),
    cacheWriteTokens: countWithin(countOf(promptDetails?.["cache_write_tokens"]), input),
    outputTokens: withReasoning(input, completion, reasoning, usage["total_tokens"]),
    reasoningTokens: reasoning,
  });
}

/** OpenAI's `usage` object; counts that nobody reported are left out, never zero. */
export function encodeUsage(usage: Usage): Readonly<Record<string, unknown>> {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens } = usage;
  const total = inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens;
  const cache = cachedTokens !== undefined || cacheWriteTokens !== undefined;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: total,
    prompt_tokens_details: cache ? { cached_tokens: cachedTokens, cache_write_tokens: cacheWriteTokens } : undefined,
    completion_tokens_details: reasoningTokens === undefined ? undefined : { reasoning_tokens: reasoningTokens },
  };
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
