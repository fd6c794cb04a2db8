import type { Counter, Histogram, Meter } from "#core/effects/meter.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";

const tokenTimeBuckets = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60];
/** OpenTelemetry's bounds of `gen_ai.server.time_per_output_token`, and finer ones for small models. */
const perTokenBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

/** Tokens, cost and times of finished requests as metrics. The ledger is exact; these are for graphs. */
export class UsageMeter {
  readonly #tokens: Counter;
  readonly #cost: Counter;
  readonly #unpriced: Counter;
  readonly #firstToken: Histogram;
  readonly #perToken: Histogram;
  readonly #modelLabel: (model: string) => string;

  constructor(meter: Meter, modelLabel: (model: string) => string) {
    this.#modelLabel = modelLabel;
    const labels = ["provider", "model"];
    this.#tokens = meter.counter("tokligence_tokens_total", "Tokens by kind and by who counted them.", [
      ...labels,
      "kind",
      "source",
    ]);
    this.#cost = meter.counter("tokligence_cost_usd_total", "List price of the tokens in US dollars.", labels);
    this.#unpriced = meter.counter("tokligence_unpriced_requests_total", "Requests whose model has no price.", labels);
    this.#firstToken = meter.histogram(
      "tokligence_time_to_first_token_seconds",
      "From the arrival of a request to its first content.",
      tokenTimeBuckets,
      labels,
    );
    this.#perToken = meter.histogram(
      "tokligence_time_per_output_token_seconds",
      "Mean time between the tokens of a streamed answer that came to its end.",
      perTokenBuckets,
      labels,
    );
  }

  record(entry: LedgerEntry): void {
    const provider = entry.provider ?? "none";
    const model = entry.model === undefined ? "none" : this.#modelLabel(entry.model);
    this.#count(provider, model, "input", entry.inputTokens, entry);
    this.#count(provider, model, "cached", entry.cachedTokens, entry);
    this.#count(provider, model, "cache_write", entry.cacheWriteTokens, entry);
    this.#count(provider, model, "output", entry.outputTokens, entry);
    this.#count(provider, model, "reasoning", entry.reasoningTokens, entry);
    if (entry.costNanos !== undefined) this.#cost.add(Number(entry.costNanos) / 1e9, provider, model);
    else if (entry.usageSource !== "none") this.#unpriced.add(1, provider, model);
    if (entry.firstTokenMs !== undefined) this.#firstToken.observe(entry.firstTokenMs / 1000, provider, model);
    const perTokenMs = timePerOutputToken(entry);
    if (perTokenMs !== undefined) this.#perToken.observe(perTokenMs / 1000, provider, model);
  }

  #count(provider: string, model: string, kind: string, amount: number | undefined, entry: LedgerEntry): void {
    if (amount !== undefined && amount > 0) this.#tokens.add(amount, provider, model, kind, entry.usageSource);
  }
}

/** Mean milliseconds from one token to the next; undefined where nothing can be said: no stream, no second token, no good end. */
function timePerOutputToken({
  stream,
  outcome,
  outputTokens,
  latencyMs,
  firstTokenMs,
}: LedgerEntry): number | undefined {
  if (!stream || outcome !== "finished" || firstTokenMs === undefined) return undefined;
  if (outputTokens === undefined || outputTokens < 2) return undefined;
  return (latencyMs - firstTokenMs) / (outputTokens - 1);
}
