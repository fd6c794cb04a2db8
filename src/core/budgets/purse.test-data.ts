import type { BudgetId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { AppliedBudgets, Budgets } from "#core/budgets/budgets.ts";
import type { Checkpoint, Posting, Reservation } from "#core/budgets/reservation.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

/** The one budget of a purse, and its running window. */
export const pursePosting: Posting = { budgetId: "bud_1" as BudgetId, periodStartMs: 0 };

/** One budget over every call, in memory: what it granted, what was said of it, and what is left. */
export class Purse implements Budgets {
  readonly reservations: Reservation[] = [];
  readonly checkpoints: Checkpoint[] = [];
  readonly #held = new Map<string, bigint>();
  readonly #isHard: boolean;
  spentNanos = 0n;
  readonly limitNanos: bigint;

  constructor(limitNanos: bigint, mode: "hard" | "soft" = "hard") {
    this.limitNanos = limitNanos;
    this.#isHard = mode === "hard";
  }

  of(): AppliedBudgets {
    return { postings: [pursePosting], hasHard: this.#isHard };
  }

  async reserve(reservation: Reservation): Promise<void> {
    // As in the store, others are judged in the meantime.
    await Promise.resolve();
    if (this.spentNanos + this.heldNanos + reservation.amountNanos > this.limitNanos) {
      throw new GatewayError("budget_exhausted", "Nothing is left.");
    }
    this.reservations.push(reservation);
    this.#held.set(reservation.requestId, reservation.amountNanos);
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.checkpoints.push(checkpoint);
  }

  /** As the books do: frees what was held, and takes what it cost. */
  settle({ entry, postings }: Settlement): void {
    this.#held.delete(entry.requestId);
    if (postings.length > 0) this.spentNanos += entry.costNanos ?? 0n;
  }

  get heldNanos(): bigint {
    return [...this.#held.values()].reduce((sum, nanos) => sum + nanos, 0n);
  }
}
