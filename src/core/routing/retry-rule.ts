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

/** Failures that are the key's and not the server's: another key of the same provider may do better at once. */
const ofTheKey: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["upstream_auth", "upstream_rate_limited"]);

/** What to do after a failed attempt: whom to ask next, all of one pool, and how long to wait first. */
export interface NextAttempt {
  readonly candidates: readonly Candidate[];
  readonly waitMs: number;
  /** A `retry` adds to the load of a provider already asked and draws on the budget, a `fallback` does not. */
  readonly kind: "retry" | "fallback";
}

/**
 * The rule of retries, for a call that has asked `asked` and failed at the last of them. Next comes the following pool of the plan that
 * holds anybody worth asking, first the rest of the same one; when the plan is used up, the failed deployment again, if
 * asking again is safe (nothing was sent, or the provider answered that it could not) and soon enough. What one provider's protocol cannot say
 * (`unsupported_value`) another's may: nothing was sent, so the next is asked. A provider's `Retry-After` is obeyed: when
 * it is longer than two seconds that deployment is not asked again. Only a provider that the call has not asked yet is
 * free. A refused key gives way to another one for nothing; one that had too many requests draws on the budget.
 */
export function nextAttempt(
  asked: readonly Candidate[],
  remaining: readonly Candidate[],
  error: GatewayError,
  retriesSoFar: number,
  random: Random,
): NextAttempt | undefined {
  const failed = asked.at(-1);
  if (failed === undefined || (!error.retryable && error.code !== "unsupported_value")) return undefined;
  const again = mayRepeat(error);
  const isElsewhere = ({ provider }: Candidate): boolean => provider.name !== failed.provider.name;
  const isOtherKey = ({ provider }: Candidate): boolean => provider !== failed.provider && ofTheKey.has(error.code);
  const worth = remaining.filter((candidate) => again || isElsewhere(candidate) || isOtherKey(candidate));
  const pool = worth.filter((candidate) => candidate.pool === worth[0]?.pool);
  const fresh = providersNotAsked(asked, pool);
  if (fresh.length > 0) return { candidates: fresh, waitMs: 0, kind: "fallback" };
  const otherKeys = pool.filter((candidate) => isOtherKey(candidate) && !isElsewhere(candidate));
  const isFree = error.code === "upstream_auth";
  if (otherKeys.length > 0) return { candidates: otherKeys, waitMs: 0, kind: isFree ? "fallback" : "retry" };
  const elsewhere = pool.filter(isElsewhere);
  if (elsewhere.length > 0) return { candidates: elsewhere, waitMs: backOffMs(retriesSoFar, random), kind: "retry" };
  const candidates = pool.length > 0 ? pool : [failed];
  if (pool.length === 0 && !again) return undefined;
  return { candidates, waitMs: error.retryAfterMs ?? backOffMs(retriesSoFar, random), kind: "retry" };
}

/** Those of the candidates whose provider has not been asked, with any of its keys or models. */
export function providersNotAsked(asked: readonly Candidate[], candidates: readonly Candidate[]): readonly Candidate[] {
  const names = new Set(asked.map(({ provider }) => provider.name));
  return candidates.filter(({ provider }) => !names.has(provider.name));
}

function mayRepeat(error: GatewayError): boolean {
  return repeatable.has(error.code) && error.details.sent !== true && (error.retryAfterMs ?? 0) <= longestWaitMs;
}

/** Full jitter (AWS Architecture Blog, "Exponential Backoff and Jitter"). */
function backOffMs(retriesSoFar: number, random: Random): number {
  return random.uniform() * Math.min(longestWaitMs, firstBackoffMs * 2 ** retriesSoFar);
}
