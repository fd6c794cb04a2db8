import type { LedgerEntry } from "#core/ledger/entry.ts";
import type { Posting } from "#core/budgets/reservation.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

/** A settlement of a `sampleEntry` that `postings` pay, for tests. */
export function sampleSettlement(
  requestId: string,
  changes: Partial<LedgerEntry> = {},
  postings: readonly Posting[] = [],
): Settlement {
  return { entry: sampleEntry(requestId, changes), postings };
}
