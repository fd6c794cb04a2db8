import type { Database, Statement } from "bun:sqlite";
import { percentPassed, type Overrun, type PassedBudget, type Settled } from "#core/ledger/settled.ts";
import type { Posting } from "#core/budgets/reservation.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import { type BudgetRecord, selectBudgets, toBudget } from "#integrations/stores/sqlite/ledger/budget-records.ts";
import { ReservationTable } from "#integrations/stores/sqlite/ledger/reservations.ts";

/** Makes the window where it is new; budgets that were taken away are passed over. */
const spend = `INSERT INTO budget_period (budget_id, start_at, mode, limit_nanos, spent_nanos, overrun_nanos)
  SELECT id, ?2, mode, limit_nanos, ?3, iif(mode = 'hard', max(0, ?3 - limit_nanos), 0) FROM budget WHERE id = ?1
  ON CONFLICT (budget_id, start_at) DO UPDATE SET
    spent_nanos = spent_nanos + ?3,
    overrun_nanos = iif(mode = 'hard', max(overrun_nanos, spent_nanos + ?3 + reserved_nanos - limit_nanos), overrun_nanos)
  RETURNING CAST(spent_nanos AS TEXT) AS spent, CAST(limit_nanos AS TEXT) AS limited`;

/** What settlements do to budgets. Only ever used inside the transaction of a settlement. */
export class BudgetSettler {
  readonly #reservations: ReservationTable;
  readonly #spend: Statement<{ readonly spent: string; readonly limited: string }, [string, number, bigint]>;
  readonly #budget: Statement<BudgetRecord, [string]>;

  constructor(database: Database) {
    this.#reservations = new ReservationTable(database);
    this.#spend = database.query(spend);
    this.#budget = database.query(`${selectBudgets} WHERE id = ?`);
  }

  settle(batch: readonly Settlement[]): Settled {
    const overruns: Overrun[] = [];
    const passed: PassedBudget[] = [];
    for (const { entry, postings } of batch) {
      const { requestId, costNanos = 0n } = entry;
      // Freed first: what the call cost takes the place of what was held for it.
      const heldNanos = this.#reservations.settle(requestId);
      if (heldNanos !== undefined && costNanos > heldNanos) overruns.push({ requestId, heldNanos, costNanos });
      if (costNanos === 0n || entry.direction === "supply") continue;
      for (const posting of postings) {
        const mark = this.#spendIn(posting, costNanos);
        if (mark !== undefined) passed.push(mark);
      }
    }
    return { overruns, passed };
  }

  #spendIn({ budgetId, periodStartMs }: Posting, costNanos: bigint): PassedBudget | undefined {
    const now = this.#spend.get(budgetId, periodStartMs, costNanos);
    if (now === null) return undefined;
    const spentNanos = BigInt(now.spent);
    const percent = percentPassed(BigInt(now.limited), spentNanos - costNanos, spentNanos);
    if (percent === undefined) return undefined;
    const record = this.#budget.get(budgetId);
    return record === null ? undefined : { budget: toBudget(record), startMs: periodStartMs, percent, spentNanos };
  }
}
