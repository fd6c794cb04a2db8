import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { OpenReservation } from "#core/budgets/reservation.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

const maxBatchRows = 500;

/** How many calls of an earlier process were ended, and how. */
export interface RecoveredCounts {
  readonly settled: number;
  readonly released: number;
  readonly [name: string]: number;
}

/**
 * Ends the calls that an earlier process left open: one that tokens flowed in is settled as its last checkpoint says, an
 * estimate; of any other nobody can say that it cost anything, and what it held is freed. May be repeated after a failure.
 */
export async function recoverReservations(
  open: readonly OpenReservation[],
  store: Pick<BudgetStore, "release">,
  record: (settlement: Settlement) => Promise<void>,
): Promise<RecoveredCounts> {
  const flowed = open.filter(({ checkpointed }) => checkpointed);
  const untouched = open.filter(({ checkpointed }) => !checkpointed).map(({ requestId }) => requestId);
  // First, or a row that the books refuse would hold up all that needs none.
  for (let from = 0; from < untouched.length; from += maxBatchRows) {
    await store.release(untouched.slice(from, from + maxBatchRows));
  }
  await Promise.all(flowed.map((reservation) => record(settlementOf(reservation))));
  return { settled: flowed.length, released: untouched.length };
}

function settlementOf({ draft, postings }: OpenReservation): Settlement {
  return { entry: { ...draft, outcome: "aborted", errorCode: "recovered", usageSource: "estimated" }, postings };
}
