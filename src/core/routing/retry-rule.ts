import type { Random } from "#core/effects/random.ts";
import type { ErrorCode, GatewayError } from "#core/errors.ts";
import type { Candidate } from "#core/routing/candidates.ts";

const longestWaitMs = 2000;
const firstBackoffMs = 200;

/** Failures after which the same provider may be asked again: it said so, or never got the request. */
const repeatable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "upstream_unavailable",
  "upstream_error",
  "upstream_overloaded",
  "upstream_rate_limited",
]);

/** What to do after a failed attempt: where to go next and how long to wait first. */
export interface NextAttempt {
  readonly deployment: Candidate;
  readonly waitMs: number;
  readonly kind: "retry" | "fallback";
}

/**
 * The rule of retries. Next comes the following deployment of the plan; when the plan is used up, the failed one again,
 * if asking again is safe (nothing was sent, or the provider answered that it could not) and soon enough.
 * What one provider's protocol cannot say (`unsupported_value`) another's may: nothing was sent, so the next is asked.
 * A provider's `Retry-After` is obeyed: when it is longer than two seconds that provider is not asked again.
 */
export function nextAttempt(
  failed: Candidate,
  remaining: readonly Candidate[],
  error: GatewayError,
  retriesSoFar: number,
  random: Random,
): NextAttempt | undefined {
  if (!error.retryable && error.code !== "unsupported_value") return undefined;
  const next = remaining.find((deployment) => deployment.provider !== failed.provider || mayRepeat(error));
  const deployment = next ?? (mayRepeat(error) ? failed : undefined);
  if (deployment === undefined) return undefined;
  if (deployment.provider !== failed.provider) return { deployment, waitMs: 0, kind: "fallback" };
  return { deployment, waitMs: waitMs(error, retriesSoFar, random), kind: "retry" };
}

function mayRepeat(error: GatewayError): boolean {
  return repeatable.has(error.code) && error.details.sent !== true && (error.retryAfterMs ?? 0) <= longestWaitMs;
}

/** Full jitter (AWS Architecture Blog, "Exponential Backoff and Jitter"), or the provider's own word. */
function waitMs(error: GatewayError, retriesSoFar: number, random: Random): number {
  if (error.retryAfterMs !== undefined) return error.retryAfterMs;
  return random.uniform() * Math.min(longestWaitMs, firstBackoffMs * 2 ** retriesSoFar);
}
