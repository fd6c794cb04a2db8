import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import type { Budget, BudgetPeriod } from "#core/budgets/budget.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { Posting, Reservation } from "#core/budgets/reservation.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";

/** 2026-01-01T12:00:00Z, when samples happen. */
export const noon = Date.UTC(2026, 0, 1, 12);
/** Start of that day. */
export const today = Date.UTC(2026, 0, 1);

/** A hard budget of everybody for the day, of 1,000 nano-dollars. */
export function sampleBudget(id = "bud_1", changes: Partial<Budget> = {}): Budget {
  const budget = { scope: "org", scopeId: "org", window: "day", mode: "hard", limitNanos: 1_000n } as const;
  return { id: id as BudgetId, ...budget, createdAtMs: noon, ...changes };
}

/** Windows that began today, of these budgets. */
export function postings(...budgetIds: readonly string[]): readonly Posting[] {
  return budgetIds.map((id) => ({ budgetId: id as BudgetId, periodStartMs: today }));
}

/** A call that may cost `amountNanos`. */
export function sampleReservation(requestId: string, amountNanos: bigint, paidBy = postings("bud_1")): Reservation {
  const draft = sampleEntry(requestId, { costNanos: 0n, outputTokens: 0 });
  return { requestId: requestId as RequestId, postings: paidBy, amountNanos, draft, atMs: noon };
}

/** What the window that runs at `nowMs` has taken, as `[spent, reserved]`. */
export async function takenOf(store: BudgetStore, id = "bud_1", nowMs = noon): Promise<readonly [bigint, bigint]> {
  const period: BudgetPeriod | undefined = (await store.budgetStates({ id: id as BudgetId, nowMs }))[0]?.period;
  return [period?.spentNanos ?? -1n, period?.reservedNanos ?? -1n];
}
