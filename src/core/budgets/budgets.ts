import type { Principal } from "#core/identity/principal.ts";
import type { Checkpoint, Posting, Reservation } from "#core/budgets/reservation.ts";

/** The budgets that a call draws on. */
export interface AppliedBudgets {
  /** All of them, in order of id, each with the window that runs now. Never empty. */
  readonly postings: readonly Posting[];
  /** Whether one is hard: then the most that the call can cost is held before it is sent anywhere. */
  readonly hasHard: boolean;
}

/** What the request path asks of budgets. */
export interface Budgets {
  /** Answers from memory; undefined where no budget applies, which costs one comparison while there are none at all. */
  of(principal: Principal, tags: readonly string[], nowMs: number): AppliedBudgets | undefined;
  /** Resolves when the amount is held durably. Rejects with `budget_exhausted` naming scope, window, what is left and when it begins anew, or `storage_failed`. */
  reserve(reservation: Reservation): Promise<void>;
  /** Says how far a call has come; written soon, in a batch. Nobody waits for it. */
  checkpoint(checkpoint: Checkpoint): void;
}
