import type { LedgerEntry } from "#core/ledger/entry.ts";
import type { Posting } from "#core/budgets/reservation.ts";

/**
 * The end of one call: its row, and the budgets that pay. In one transaction the row, its transfer, the windows of its
 * budgets, the totals and the end of its reservation are written, or none of them.
 */
export interface Settlement {
  readonly entry: LedgerEntry;
  /** Empty where no budget applies. A reservation of the same request id is closed, whatever it held is freed. */
  readonly postings: readonly Posting[];
}
