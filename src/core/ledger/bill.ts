import type { LedgerEntry, Outcome } from "#core/ledger/entry.ts";
import type { Cost } from "#core/ledger/price-snapshot.ts";

/** What the books say of a call's money. */
export type Bill = Pick<LedgerEntry, "costNanos" | "priceVersion" | "overheadNanos">;

/** What decides who bears the cost of a call. */
export interface BilledEnd {
  readonly outcome: Outcome;
  readonly hasContent: boolean;
  readonly maxRequestNanos?: bigint;
}

/**
 * Who bears what a call costs: its caller, when it got its answer or left; we, when the answer broke after it had begun, for then
 * the provider will ask for it. What failed before that costs nothing. No caller bears more than the most that a call may cost.
 */
export function billOf(cost: Cost | undefined, { outcome, hasContent, maxRequestNanos }: BilledEnd): Bill {
  if (cost === undefined) return {};
  const { nanos, priceVersion } = cost;
  const most = outcome === "failed" ? 0n : (maxRequestNanos ?? nanos);
  const costNanos = nanos < most ? nanos : most;
  const overheadNanos = outcome === "failed" && !hasContent ? 0n : nanos - costNanos;
  return { costNanos, priceVersion, ...(overheadNanos === 0n ? {} : { overheadNanos }) };
}
