/**
 * Token counts of one call. A count is `undefined` until somebody reports it; an explicit zero stays zero.
 * Arithmetic: `input` includes cached reads and cache writes, `output` includes reasoning
 * (OpenAI's way of counting); sound and pictures are parts of them too.
 */
export interface Usage {
  readonly inputTokens?: number;
  readonly cachedTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
  /** Sound and pictures among the input, sound among the output. */
  readonly audioInputTokens?: number;
  readonly imageInputTokens?: number;
  readonly audioOutputTokens?: number;
  /** Of what was written to the cache, what is kept there for long: an hour at Anthropic. */
  readonly cacheWriteLongTokens?: number;
}

/** Where the counts of a ledger row came from. */
export type UsageSource = "upstream" | "counted" | "estimated" | "none";
