import type { Usage } from "#core/chat/usage.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { countOf, countWithin, sumOfCounts, usageOf } from "#core/wire/token-count.ts";

/** The counters of Anthropic's `usage`, each as it was last said. */
export interface Counters {
  readonly fresh?: number;
  readonly read?: number;
  readonly written?: number;
  /** Of what was written, what is kept for an hour. */
  readonly long?: number;
  readonly output?: number;
  readonly thinking?: number;
}

/**
 * The counters with what another `usage` object says. They are cumulative, so a later one takes the place of an earlier one; an
 * input of zero behind a real one is a server that does not know it.
 */
export function amendCounters(known: Counters, value: unknown): Counters {
  const usage = recordOf(value);
  if (usage === undefined) return known;
  const kept = recordOf(usage["cache_creation"]);
  const [short, long] = [countOf(kept?.["ephemeral_5m_input_tokens"]), countOf(kept?.["ephemeral_1h_input_tokens"])];
  const counters = {
    fresh: countOf(usage["input_tokens"]) || known.fresh || countOf(usage["input_tokens"]),
    read: countOf(usage["cache_read_input_tokens"]) ?? known.read,
    written: countOf(usage["cache_creation_input_tokens"]) ?? sumOfCounts(short, long) ?? known.written,
    long: long ?? known.long,
    output: countOf(usage["output_tokens"]) ?? known.output,
    thinking: countOf(recordOf(usage["output_tokens_details"])?.["thinking_tokens"]) ?? known.thinking,
  };
  return Object.fromEntries(Object.entries(counters).filter(([, count]) => count !== undefined));
}

/** The counts in canonical arithmetic: the input holds what was read from and written to the cache. */
export function usageOfCounters({ fresh, read, written, long, output, thinking }: Counters): Usage | undefined {
  return usageOf({
    inputTokens: fresh === undefined ? undefined : sumOfCounts(fresh, read, written),
    cachedTokens: read,
    cacheWriteTokens: written,
    outputTokens: output,
    reasoningTokens: countWithin(thinking, output),
    // Nothing kept for long is what every row has always said by saying nothing.
    cacheWriteLongTokens: countWithin(long, written ?? 0) || undefined,
  });
}

/** Anthropic's `usage` object with every counter a number, zero where nobody counted: clients fail on anything less. */
export function encodeUsage(usage: Usage): Readonly<Record<string, unknown>> {
  const read = usage.cachedTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const long = Math.min(usage.cacheWriteLongTokens ?? 0, written);
  return {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written - long, ephemeral_1h_input_tokens: long },
    output_tokens: usage.outputTokens ?? 0,
    ...(usage.reasoningTokens === undefined
      ? {}
      : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
  };
}
