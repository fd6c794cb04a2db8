import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";

/** One window of one budget that a call draws on. The amount belongs to the window in which the call began. */
export interface Posting {
  readonly budgetId: BudgetId;
  /** See `BudgetPeriod.startMs`. */
  readonly periodStartMs: number;
}

/** The most a call may cost, held before it is sent anywhere. */
export interface Reservation {
  readonly requestId: RequestId;
  /** Every budget of the call, hard and soft. */
  readonly postings: readonly Posting[];
  /** Nano-dollars. */
  readonly amountNanos: bigint;
  /** What the books say should the process die before the end: as of the last checkpoint, nothing produced before one. */
  readonly draft: LedgerEntry;
  readonly atMs: number;
}

/** What became of a reservation that was asked for: all its budgets gave, or the first that could not. */
export type ReservationVerdict =
  | { readonly granted: true }
  | {
      readonly granted: false;
      readonly budgetId: BudgetId;
      /** What is left in the window, nano-dollars; below the amount asked for. */
      readonly leftNanos: bigint;
    };

/** How far a call has come whose reservation is open: the row that would be written were it to end here. */
export interface Checkpoint {
  readonly requestId: RequestId;
  readonly draft: LedgerEntry;
}

/** A reservation found open at start, from a process that is no more. */
export interface OpenReservation extends Reservation {
  /** Whether a checkpoint says that tokens flowed. */
  readonly checkpointed: boolean;
}
