import type { Clock } from "#core/effects/clock.ts";
import type { BudgetId } from "#core/effects/ids.ts";
import type { Log } from "#core/effects/log.ts";
import { GatewayError, toGatewayError } from "#core/errors.ts";
import { budgetExhausted } from "#core/budgets/budget-exhausted.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { Budget } from "#core/budgets/budget.ts";
import type { Checkpoint, Reservation, ReservationVerdict } from "#core/budgets/reservation.ts";
import { isStorageFailure } from "#core/ledger/storage-failure.ts";

/** What the desk is built from. */
export interface ReservationDeskParts {
  readonly store: Pick<BudgetStore, "reserve" | "checkpoint">;
  readonly findBudget: (id: BudgetId) => Budget | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

interface Waiting {
  readonly reservation: Reservation;
  readonly resolve: () => void;
  readonly reject: (error: GatewayError) => void;
}

const maxBatchRows = 500;
/** How long checkpoints gather, and how long they wait after the store refused them. */
const checkpointDelayMs = 250;
const checkpointRetryMs = 5_000;

/** Brings reservations to the store, many in one commit: what arrives while a batch is being written forms the next one. */
export class ReservationDesk {
  readonly #parts: ReservationDeskParts;
  #queue: Waiting[] = [];
  #work: Promise<void> | undefined;
  /** Newest of each call. */
  #checkpoints = new Map<string, Checkpoint>();
  #cancelFlush: (() => void) | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #flushFails = false;

  constructor(parts: ReservationDeskParts) {
    this.#parts = parts;
  }

  /** See `Budgets.reserve`. */
  reserve(reservation: Reservation): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ reservation, resolve, reject });
    this.#work ??= this.#writeAll();
    return promise;
  }

  /** See `Budgets.checkpoint`. */
  checkpoint(checkpoint: Checkpoint): void {
    this.#checkpoints.set(checkpoint.requestId, checkpoint);
    this.#cancelFlush ??= this.#parts.clock.after(checkpointDelayMs, () => this.#flush());
  }

  /** Waits until everybody has an answer. Checkpoints that still gather are of calls that have ended since. */
  async stop(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#checkpoints.clear();
    while (this.#work !== undefined) await this.#work;
    await this.#flushing;
  }

  async #writeAll(): Promise<void> {
    // Lets whatever else arrives in this very turn into the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#write(this.#queue.splice(0, maxBatchRows));
    this.#work = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    let verdicts: readonly ReservationVerdict[];
    try {
      verdicts = await this.#parts.store.reserve(batch.map(({ reservation }) => reservation));
    } catch (thrown) {
      return this.#unwritten(batch, toGatewayError(thrown));
    }
    for (const [index, { reservation, resolve, reject }] of batch.entries()) {
      const verdict = verdicts[index];
      if (verdict?.granted === true) resolve();
      else reject(this.#refusal(reservation, verdict));
    }
  }

  async #unwritten(batch: readonly Waiting[], error: GatewayError): Promise<void> {
    // A single one that the store cannot take must not pull down those beside it.
    if (batch.length > 1 && !isStorageFailure(error)) {
      for (const waiting of batch) await this.#write([waiting]);
      return;
    }
    for (const { reject } of batch) reject(error);
  }

  #refusal(
    reservation: Reservation,
    verdict: Extract<ReservationVerdict, { granted: false }> | undefined,
  ): GatewayError {
    if (verdict === undefined) return new GatewayError("internal", "The store gave no verdict on a reservation.");
    const budget = this.#parts.findBudget(verdict.budgetId);
    if (budget !== undefined) return budgetExhausted(budget, verdict.leftNanos, reservation);
    return new GatewayError("budget_exhausted", "A budget of this call has less left than the call may cost.");
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const batch = this.#checkpoints;
    this.#checkpoints = new Map();
    if (batch.size > 0) this.#flushing = this.#flushing.then(() => this.#writeCheckpoints(batch));
  }

  async #writeCheckpoints(batch: Map<string, Checkpoint>): Promise<void> {
    try {
      const all = [...batch.values()];
      for (let from = 0; from < all.length; from += maxBatchRows) {
        await this.#parts.store.checkpoint(all.slice(from, from + maxBatchRows));
      }
      this.#flushFails = false;
    } catch (thrown) {
      if (!this.#flushFails) this.#parts.log.warn("checkpoints_unwritten", { reason: toGatewayError(thrown).message });
      this.#flushFails = true;
      // What has come since is newer.
      this.#checkpoints = new Map([...batch, ...this.#checkpoints]);
      this.#cancelFlush ??= this.#parts.clock.after(checkpointRetryMs, () => this.#flush());
    }
  }
}
