import type { ErrorCode, GatewayError } from "#core/errors.ts";
import type { LedgerEntry, Outcome } from "#core/ledger/entry.ts";
import type { HoldEnd } from "#core/limits/limiter.ts";
import type { CallTokens } from "#core/scheduler/offer.ts";

/** Turned away by us before anybody was asked: such a call has cost its caller nothing. */
const turnedAway: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "rate_limited",
  "quota_exhausted",
  "budget_exhausted",
  "model_unpriced",
  "predicted_wait",
  "queue_full",
  "evicted",
  "queue_timeout",
  "no_capacity",
  "overloaded",
  "draining",
  "context_length_exceeded",
  "deadline_exceeded",
]);

/** How a call ended, as far as its caller's limits are concerned. */
export interface CallEnd {
  /** Undefined when nobody knows. */
  readonly tokens: CallTokens | undefined;
  readonly attempts: number;
  readonly operation: LedgerEntry["operation"];
  readonly error: GatewayError | undefined;
}

/** How the error that ended a call stands in the books, after so many attempts; undefined for a good end. */
export function outcomeOf(error: GatewayError | undefined, attempts: number): Outcome {
  switch (error?.code) {
    case undefined:
      return "finished";
    case "client_closed":
    case "draining":
      return "aborted";
    case "deadline_exceeded":
      // It is the caller's own doing, like leaving: whoever was asked has worked.
      return attempts > 0 ? "aborted" : "failed";
    default:
      return "failed";
  }
}

/**
 * What the limits of a caller are told at the end. What failed without an answer takes no tokens; who leaves before one, after
 * a provider was asked, has taken what was expected.
 */
export function holdEndOf({ tokens, attempts, operation, error }: CallEnd): HoldEnd {
  const refused = attempts === 0 && error !== undefined && turnedAway.has(error.code);
  if (tokens !== undefined) return { tokens: tokens.inputTokens + tokens.outputTokens, refused };
  const isFree = attempts === 0 || operation === "count" || outcomeOf(error, attempts) === "failed";
  return { tokens: isFree ? 0 : undefined, refused };
}
