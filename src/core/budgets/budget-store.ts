import type { BudgetId, TeamId, UserId } from "#core/effects/ids.ts";
import type { Trail } from "#core/audit/trail.ts";
import type { Budget, BudgetScope, BudgetState } from "#core/budgets/budget.ts";
import type { Checkpoint, OpenReservation, Reservation, ReservationVerdict } from "#core/budgets/reservation.ts";

/** Which budgets are asked for; all conditions hold. */
export interface BudgetQuery {
  readonly nowMs: number;
  readonly id?: BudgetId;
  readonly scope?: BudgetScope;
  readonly scopeId?: string;
  /** Only budgets of this user, its keys, these teams and their keys: what the asker may see. */
  readonly visibleTo?: { readonly userId: UserId; readonly teamIds: readonly TeamId[] };
}

/** Budgets and what is held of them. Every engine passes `test/stores`. Storage trouble rejects with `storage_failed`. */
export interface BudgetStore {
  /** Every budget, oldest first. */
  listBudgets(): Promise<readonly Budget[]>;
  /** Budgets with the window that runs at `nowMs`, oldest first; one that nothing was ever spent in has zeros. */
  budgetStates(query: BudgetQuery): Promise<readonly BudgetState[]>;
  /** Rejects with `conflict` when scope and window have a budget. What the scope spent in the running window before counts as spent. */
  createBudget(budget: Budget, trail: Trail): Promise<void>;
  /** True if the budget existed. */
  updateBudget(id: BudgetId, change: Partial<Pick<Budget, "limitNanos" | "mode">>, trail: Trail): Promise<boolean>;
  deleteBudget(id: BudgetId, trail: Trail): Promise<boolean>;
  /**
   * Holds each amount in all hard budgets of its reservation or in none, in order, in one durable transaction. A verdict
   * for each. A request id that holds already is granted again without holding more.
   */
  reserve(batch: readonly Reservation[]): Promise<readonly ReservationVerdict[]>;
  /** Replaces drafts of open reservations; ids without one are passed over. */
  checkpoint(batch: readonly Checkpoint[]): Promise<void>;
  /** Frees what is held, in full: nothing was sent anywhere. */
  release(requestIds: readonly string[]): Promise<void>;
  /** What an earlier process left open. */
  openReservations(): Promise<readonly OpenReservation[]>;
}
