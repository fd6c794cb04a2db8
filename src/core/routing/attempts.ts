import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Random } from "#core/effects/random.ts";
import { causeText, type ErrorCode, GatewayError, toGatewayError } from "#core/errors.ts";
import type { Account } from "#core/ledger/account.ts";
import type { ModelCall } from "#core/model-call.ts";
import { type AttemptContext, type OpenedAnswer, openAttempt } from "#core/routing/attempt.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import type { RetryBudget } from "#core/routing/retry-budget.ts";
import { nextAttempt } from "#core/routing/retry-rule.ts";
import type { RoutingMeter } from "#core/routing/routing-meter.ts";
import { wait } from "#core/wait.ts";

/** How long and how often providers are asked. */
export interface AttemptLimits {
  /** Wait for first content over all attempts; for an unstreamed answer, the whole of it. */
  readonly requestTimeoutMs: number;
  /** Attempts after the first. */
  readonly maxRetries: number;
  /** Wait for first content of one attempt, by provider name, where it is shorter. */
  readonly providerTimeoutMs: ReadonlyMap<string, number>;
}

/** What the call stage works with. */
export interface AttemptParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly budget: RetryBudget;
  readonly meter: RoutingMeter;
  readonly limits: AttemptLimits;
}

/** Found before a byte has gone to the provider: what its protocol cannot say, and pictures that cannot be had. */
const neverSent: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["unsupported_value", "invalid_request"]);

/**
 * The call stage: asks deployment after deployment until one shows content (the first-event gate). Until then a
 * failure leads to a retry or a fallback; afterwards never. Rejects with the last failure.
 */
export async function openAnswer(
  call: ModelCall,
  candidates: readonly Candidate[],
  account: Account,
  parts: AttemptParts & Omit<AttemptContext, "clock">,
): Promise<OpenedAnswer> {
  const { clock, budget, limits, meter } = parts;
  const giveUpAt = clock.monotonic() + limits.requestTimeoutMs;
  budget.earn();
  let remaining = candidates;
  let current = candidates[0];
  for (;;) {
    if (current === undefined) throw new GatewayError("internal", "Internal error.");
    account.attempted(current);
    const startedAt = clock.monotonic();
    try {
      const opened = await openAttempt(call, current, account, parts, timeoutOf(current, limits, giveUpAt - startedAt));
      meter.attempt(current, clock.monotonic() - startedAt, "ok");
      return opened;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      meter.attempt(current, clock.monotonic() - startedAt, error.code);
      if (call.signal.aborted) throw toGatewayError(call.signal.reason);
      if (neverSent.has(error.code)) account.withdrawn();
      if (error.code === "upstream_auth") tellOperator(call, current, error, parts.log);
      remaining = remaining.filter((deployment) => deployment !== current);
      const next = nextAttempt(current, remaining, error, Math.max(0, account.attempts - 1), parts.random);
      const spare = next !== undefined && account.attempts <= limits.maxRetries;
      if (!spare || clock.monotonic() + next.waitMs >= giveUpAt) throw error;
      if (next.kind === "retry" && !budget.spend()) throw error;
      meter.another(next.kind, error.code);
      // The door logs what the caller sees; nobody but this line tells of a failure that another attempt made good.
      parts.log.warn("attempt_failed", {
        request_id: call.requestId,
        provider: current.provider.name,
        model: current.model,
        code: error.code,
        message: error.message,
        cause: causeText(error),
        upstream_request_id: error.upstreamRequestId,
        next: next.kind,
        next_provider: next.deployment.provider.name,
      });
      if (next.waitMs > 0) await wait(clock, next.waitMs, call.signal);
      current = next.deployment;
    } finally {
      account.waitedForProvider(clock.monotonic() - startedAt);
    }
  }
}

/** Nobody but the operator can mend a key, and the caller is told as little of it as can be. */
function tellOperator(call: ModelCall, { provider, model }: Candidate, error: GatewayError, log: Log): void {
  log.error("credentials_refused", {
    request_id: call.requestId,
    provider: provider.name,
    model,
    message: error.message,
    upstream_request_id: error.upstreamRequestId,
  });
}

function timeoutOf(candidate: Candidate, limits: AttemptLimits, leftMs: number): number {
  return Math.min(leftMs, limits.providerTimeoutMs.get(candidate.provider.name) ?? leftMs);
}
