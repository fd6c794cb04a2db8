import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Random } from "#core/effects/random.ts";
import { causeText, type GatewayError, toGatewayError } from "#core/errors.ts";
import type { Account } from "#core/ledger/account.ts";
import type { ModelCall } from "#core/model-call.ts";
import { admitOne } from "#core/routing/admit-one.ts";
import { type AttemptContext, type OpenedAnswer, openAttempt } from "#core/routing/attempt.ts";
import { hasAnswered, hasFailed, neverSent } from "#core/routing/attempt-end.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import type { DeploymentHealth } from "#core/routing/deployment-health.ts";
import type { RetryBudget } from "#core/routing/retry-budget.ts";
import { type NextAttempt, nextAttempt, providersNotAsked } from "#core/routing/retry-rule.ts";
import type { RoutingMeter } from "#core/routing/routing-meter.ts";
import type { Admission } from "#core/admission/admission.ts";
import { wait } from "#core/wait.ts";

/** How long and how often providers are asked. */
export interface AttemptLimits {
  /** Wait for first content over queues and attempts together; for an unstreamed answer, the whole of it. */
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
  readonly admission: Admission;
  readonly health: Pick<DeploymentHealth, "answered" | "failed">;
}

/**
 * The call stage: asks deployment after deployment until one shows content (the first-event gate), each with capacity that
 * admission has granted. Until then a failure leads to a retry or a fallback; afterwards never. Rejects with the last
 * failure, or with the refusal of admission where no provider was asked.
 */
export async function openAnswer(
  call: ModelCall,
  level: number,
  candidates: readonly Candidate[],
  account: Account,
  parts: AttemptParts & Omit<AttemptContext, "clock">,
): Promise<OpenedAnswer> {
  const { admission, clock, budget, limits, meter, log } = parts;
  const giveUpAtMs = clock.monotonic() + limits.requestTimeoutMs;
  budget.earn();
  let remaining = candidates;
  let offered = candidates;
  let asked: readonly Candidate[] = [];
  let failure: GatewayError | undefined;
  for (;;) {
    const asking = { call, level, account, admission, clock, giveUpAtMs, failure };
    const admitted = admitOne(asking, offered, remaining);
    const lease = admitted instanceof Promise ? await admitted : admitted;
    const deployment = lease.candidate;
    const startedAtMs = clock.monotonic();
    const timeoutMs = timeoutOf(deployment, limits, giveUpAtMs - startedAtMs);
    account.attempted(deployment);
    try {
      const opened = await openAttempt(call, lease, account, parts, timeoutMs);
      hasAnswered(call, opened, clock.monotonic() - startedAtMs, parts);
      return opened;
    } catch (thrown) {
      failure = toGatewayError(thrown);
      // Whoever was given less than half of its time, because a queue or others had used it up, has proven nothing.
      const wasHurried = timeoutMs < timeoutOf(deployment, limits, limits.requestTimeoutMs) / 2;
      hasFailed(call, lease, failure, { durationMs: clock.monotonic() - startedAtMs, wasHurried }, parts);
      if (call.signal.aborted) throw toGatewayError(call.signal.reason);
      if (neverSent.has(failure.code)) account.withdrawn();
      account.failedAttempt();
    } finally {
      account.waitedForProvider(clock.monotonic() - startedAtMs);
    }
    remaining = remaining.filter((candidate) => candidate !== deployment);
    asked = [...asked, deployment];
    const trouble = { asked, remaining, failure, attempts: account.attempts, leftMs: giveUpAtMs - clock.monotonic() };
    const next = affordableAttempt(trouble, parts);
    tellOfFailure(call, deployment, failure, next, log);
    if (next === undefined) throw failure;
    meter.another(next.kind, failure.code);
    if (next.waitMs > 0) await backOff(call, next.waitMs, account, clock);
    offered = next.candidates;
  }
}

/** A call after a failed attempt. */
interface Trouble {
  readonly asked: readonly Candidate[];
  readonly remaining: readonly Candidate[];
  readonly failure: GatewayError;
  readonly attempts: number;
  readonly leftMs: number;
}

/** Where the next attempt would come too late or the budget has nothing for it, a provider not asked yet is free. */
function affordableAttempt(
  { asked, remaining, failure, attempts, leftMs }: Trouble,
  { budget, limits, random }: Pick<AttemptParts, "budget" | "limits" | "random">,
): NextAttempt | undefined {
  if (attempts > limits.maxRetries || leftMs <= 0) return undefined;
  const retriesSoFar = Math.max(0, attempts - 1);
  const next = nextAttempt(asked, remaining, failure, retriesSoFar, random);
  if (next?.kind !== "retry") return next;
  if (next.waitMs < leftMs && budget.spend()) return next;
  const others = providersNotAsked(asked, remaining);
  return others.length === 0 ? undefined : nextAttempt(asked, others, failure, retriesSoFar, random);
}

async function backOff(call: ModelCall, waitMs: number, account: Account, clock: Clock): Promise<void> {
  const startedAtMs = clock.monotonic();
  try {
    await wait(clock, waitMs, call.signal);
  } finally {
    account.waitedForProvider(clock.monotonic() - startedAtMs);
  }
}

/** The door logs what the caller sees; nobody but this line tells who failed, and of failures that another attempt made good. */
function tellOfFailure(
  call: ModelCall,
  { provider, model }: Candidate,
  error: GatewayError,
  next: NextAttempt | undefined,
  log: Log,
): void {
  log[next === undefined ? "debug" : "warn"]("attempt_failed", {
    request_id: call.requestId,
    provider: provider.name,
    model,
    code: error.code,
    message: error.message,
    cause: causeText(error),
    upstream_request_id: error.upstreamRequestId,
    next: next?.kind,
    next_provider: next?.candidates[0]?.provider.name,
  });
}

function timeoutOf(candidate: Candidate, limits: AttemptLimits, leftMs: number): number {
  return Math.min(leftMs, limits.providerTimeoutMs.get(candidate.provider.name) ?? leftMs);
}
