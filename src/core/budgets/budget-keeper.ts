import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import { toGatewayError } from "#core/errors.ts";
import type { ChangeFeed } from "#core/feed.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { BudgetIndex } from "#core/budgets/budget-index.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { AppliedBudgets, Budgets } from "#core/budgets/budgets.ts";
import { recoverReservations } from "#core/budgets/reservation-recovery.ts";
import { enterLeftRows, noPredecessor, type Predecessor } from "#core/ledger/predecessor.ts";
import type { Checkpoint, Reservation } from "#core/budgets/reservation.ts";
import { ReservationDesk } from "#core/budgets/reservation-desk.ts";
import type { Part } from "#core/part.ts";

/** What the keeper is built from. */
export interface BudgetKeeperParts {
  readonly store: BudgetStore;
  readonly bookkeeper: Pick<Bookkeeper, "record" | "healthy">;
  readonly feed: ChangeFeed;
  /** Who had the books before; nobody unless told otherwise. */
  readonly predecessor?: Predecessor;
  readonly clock: Clock;
  readonly log: Log;
}

const retryMs = 1_000;

/**
 * Budgets as the request path asks for them. Starts after the bookkeeper: what an earlier process spooled goes into the books
 * before what it left open is ended; one that still ends its calls keeps what it holds until then. `start` rejects with `storage_failed` when budgets cannot be read.
 */
export class BudgetKeeper implements Budgets, Part {
  readonly name = "budgets";
  readonly #parts: BudgetKeeperParts;
  readonly #index = new BudgetIndex();
  readonly #desk: ReservationDesk;
  #unsubscribe = (): void => {};
  #cancelReload = (): void => {};
  #cancelRecovery = (): void => {};
  /** Reads of the list that were begun; only the newest counts. */
  #reads = 0;
  #recovering: Promise<void> = Promise.resolve();
  /** What this process itself has held since the start; undefined once nothing is left of earlier ones. */
  #own: Set<string> | undefined = new Set();
  #stopped = false;

  constructor(parts: BudgetKeeperParts) {
    this.#parts = parts;
    const { store, clock, log } = parts;
    this.#desk = new ReservationDesk({ store, clock, log, findBudget: (id) => this.#index.find(id) });
  }

  async start(): Promise<void> {
    this.#stopped = false;
    this.#own = new Set();
    this.#unsubscribe = this.#parts.feed.subscribe("budgets.changed", () => void this.#reload());
    await this.#load();
    await this.#recover();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#cancelReload();
    this.#cancelRecovery();
    await this.#desk.stop();
    await this.#recovering;
  }

  of(principal: Principal, tags: readonly string[], nowMs: number): AppliedBudgets | undefined {
    return this.#index.of(principal, tags, nowMs);
  }

  reserve(reservation: Reservation): Promise<void> {
    this.#own?.add(reservation.requestId);
    return this.#desk.reserve(reservation);
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.#desk.checkpoint(checkpoint);
  }

  async #load(): Promise<void> {
    this.#reads += 1;
    const read = this.#reads;
    const budgets = await this.#parts.store.listBudgets();
    if (read === this.#reads) this.#index.replace(budgets);
  }

  async #reload(): Promise<void> {
    this.#cancelReload();
    try {
      await this.#load();
    } catch (thrown) {
      if (this.#stopped) return;
      this.#parts.log.error("budgets_not_reloaded", { reason: toGatewayError(thrown).message, retry_ms: retryMs });
      this.#cancelReload = this.#parts.clock.after(retryMs, () => void this.#reload());
    }
  }

  /** Until the books take it, what was held stays held: that can refuse a call, never let one overspend. */
  async #recover(): Promise<void> {
    const { bookkeeper, clock, log, predecessor = noPredecessor } = this.#parts;
    try {
      if (bookkeeper.healthy() && !predecessor.isAlive()) {
        const rows = await enterLeftRows(predecessor, (settlement) => bookkeeper.record(settlement));
        if (rows > 0) log.info("left_rows_entered", { rows });
        await this.#endLeftOpen();
        this.#own = undefined;
        return;
      }
    } catch (thrown) {
      log.error("reservations_not_recovered", { reason: toGatewayError(thrown).message });
    }
    if (this.#stopped) return;
    this.#cancelRecovery = clock.after(retryMs, () => {
      this.#recovering = this.#recover();
    });
  }

  async #endLeftOpen(): Promise<void> {
    const { bookkeeper, log, store } = this.#parts;
    const open = (await store.openReservations()).filter(({ requestId }) => this.#own?.has(requestId) !== true);
    if (open.length === 0) return;
    const counts = await recoverReservations(open, store, (settlement) => bookkeeper.record(settlement));
    log.info("reservations_recovered", counts);
  }
}
