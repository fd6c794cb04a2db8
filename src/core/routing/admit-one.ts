import type { Clock } from "#core/effects/clock.ts";
import { type ErrorCode, type GatewayError, toGatewayError } from "#core/errors.ts";
import type { Account } from "#core/ledger/account.ts";
import type { ModelCall } from "#core/model-call.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import type { Admission, Lease } from "#core/admission/admission.ts";
import { capacityRefusals } from "#core/admission/admission-refusal.ts";

/** A call that looks for capacity. */
export interface Asking {
  readonly call: ModelCall;
  readonly level: number;
  readonly account: Account;
  readonly admission: Admission;
  readonly clock: Clock;
  /** Monotonic milliseconds. */
  readonly giveUpAtMs: number;
  /** Of an earlier attempt: it says more than any refusal. */
  readonly failure: GatewayError | undefined;
  /** By an earlier pool: that may pass, a context that is too short in a later one does not. */
  readonly refused?: GatewayError;
}

/** Refusals of one pool; another may have room. */
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([...capacityRefusals, "context_length_exceeded"]);

/**
 * Capacity at one of the offered deployments that share the first pool, else of those that remain at one of a later pool: moving
 * on after a refusal is free. Pools that are out of order are passed over, and tried only when nobody else is left. At once
 * where nobody has to wait. Throws or rejects with the failure of an earlier attempt, else with the last refusal.
 */
export function admitOne(
  asking: Asking,
  offered: readonly Candidate[],
  remaining: readonly Candidate[],
  passedOver: readonly Candidate[] = [],
): Lease | Promise<Lease> {
  const { call, level, account, admission, giveUpAtMs } = asking;
  const candidates = firstPool(offered);
  const pool = candidates[0]?.pool ?? 0;
  const later = remaining.at(-1)?.pool === pool ? [] : remaining.filter((candidate) => candidate.pool > pool);
  const elsewhere = { candidates, later, passedOver };
  try {
    const admitted = admission.admit({
      call,
      level,
      candidates,
      lastResort: later.length === 0,
      giveUpAtMs: patienceEndsAtMs(call, giveUpAtMs),
      expected: () => account.expected(),
    });
    return admitted instanceof Promise ? queued(asking, admitted, elsewhere) : admitted;
  } catch (thrown) {
    return nextPool(asking, elsewhere, thrown);
  }
}

/** A pool that was asked, and where else to look. */
interface Elsewhere {
  readonly candidates: readonly Candidate[];
  readonly later: readonly Candidate[];
  /** Of earlier pools, out of order. */
  readonly passedOver: readonly Candidate[];
}

async function queued(asking: Asking, admitted: Promise<Lease>, elsewhere: Elsewhere): Promise<Lease> {
  const { account, call, clock } = asking;
  const startedAtMs = clock.monotonic();
  try {
    const lease = await admitted.finally(() => account.queued(clock.monotonic() - startedAtMs));
    account.admitted(lease);
    if (!call.signal.aborted) return lease;
    lease.release({ tokens: undefined, sent: false });
    throw toGatewayError(call.signal.reason);
  } catch (thrown) {
    return nextPool(asking, elsewhere, thrown);
  }
}

function nextPool(
  asking: Asking,
  { candidates, later, passedOver }: Elsewhere,
  thrown: unknown,
): Lease | Promise<Lease> {
  const { call, failure } = asking;
  if (call.signal.aborted) throw toGatewayError(call.signal.reason);
  const refusal = toGatewayError(thrown);
  if (!refusals.has(refusal.code)) throw refusal;
  const refused = refusal.code === "context_length_exceeded" ? (asking.refused ?? refusal) : refusal;
  const next = { ...asking, refused };
  if (later.length > 0) {
    const isOutOfOrder = refusal.code === "no_capacity";
    return admitOne(next, later, later, isOutOfOrder ? [...passedOver, ...candidates] : passedOver);
  }
  const [first] = passedOver;
  if (first === undefined) throw failure ?? refused;
  return admitOne(
    next,
    passedOver,
    firstPool(passedOver),
    passedOver.filter(({ pool }) => pool !== first.pool),
  );
}

/** To be dispatched later is of no use to the caller, or to anybody. */
function patienceEndsAtMs({ receivedAt, deadlineMs, patienceMs }: ModelCall, giveUpAtMs: number): number {
  if (deadlineMs === undefined && patienceMs === undefined) return giveUpAtMs;
  return Math.min(giveUpAtMs, receivedAt + (deadlineMs ?? giveUpAtMs), receivedAt + (patienceMs ?? giveUpAtMs));
}

/** Candidates stand in the order of their pools. */
function firstPool(candidates: readonly Candidate[]): readonly Candidate[] {
  const pool = candidates[0]?.pool;
  return candidates.at(-1)?.pool === pool ? candidates : candidates.filter((candidate) => candidate.pool === pool);
}
