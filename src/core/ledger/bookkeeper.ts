import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Meter } from "#core/effects/meter.ts";
import { type GatewayError, toGatewayError } from "#core/errors.ts";
import { BookkeeperMeter } from "#core/ledger/bookkeeper-meter.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import { scopeText } from "#core/budgets/budget.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import { formatUsd } from "#core/ledger/money.ts";
import type { Settled } from "#core/ledger/settled.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { Spool } from "#core/ledger/spool.ts";
import { SpoolDrain } from "#core/ledger/spool-drain.ts";
import { isPassing, isStorageFailure } from "#core/ledger/storage-failure.ts";
import type { Part } from "#core/part.ts";

/** What the bookkeeper is built from. */
export interface BookkeeperParts {
  readonly store: Pick<LedgerStore, "settle">;
  readonly holds: Pick<BudgetStore, "release">;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Called once when nothing more can be acknowledged safely: the process must end with exit code 75. */
  readonly onFatal: (error: GatewayError) => void;
}

interface Waiting {
  readonly settlement: Settlement;
  readonly resolve: () => void;
  readonly reject: (error: GatewayError) => void;
}

/**
 * `books`: rows go to the store. `spooling`: the store is full, read-only or busy, rows go to the spool until a retry.
 * `draining`: the store is tried with what the spool holds. `failed`: nothing is acknowledged any more.
 */
type Mode = "books" | "spooling" | "draining" | "failed";

const maxBatchRows = 500;
/** More cannot have been under way when the doors closed; reports may be repeated for ever. */
const mostUnplacedRows = 20_000;
const firstRetryMs = 200;
const longestRetryMs = 5_000;

/**
 * Brings settlements into the books, many in one commit: what arrives while a batch is being written forms the next one.
 * When the books cannot be written for a while, they wait durably in the spool and follow in order later.
 */
export class Bookkeeper implements Part {
  readonly name = "bookkeeper";
  readonly #parts: BookkeeperParts;
  readonly #meter: BookkeeperMeter;
  readonly #drain: SpoolDrain;
  #queue: Waiting[] = [];
  #mode: Mode = "books";
  #failure: GatewayError | undefined;
  /** Rows that neither books nor spool took, until something shows that there is room again. Nobody waits for them any more. */
  #unplaced: readonly Waiting[] = [];
  #working = false;
  #work: Promise<void> = Promise.resolve();
  #retryMs = firstRetryMs;
  #cancelRetry = (): void => {};
  #stopped = false;

  constructor(parts: BookkeeperParts) {
    this.#parts = parts;
    this.#meter = new BookkeeperMeter(parts.meter, parts.clock);
    this.#drain = new SpoolDrain(parts.spool, maxBatchRows, (rows) => this.#settle(rows));
  }

  /**
   * Brings what an earlier run left in the spool into the books, or leaves it there while they cannot be written.
   * Rejects with `storage_failed` when nothing could be acknowledged safely.
   */
  async start(): Promise<void> {
    this.#stopped = false;
    if (this.#failure === undefined) this.#mode = "draining";
    await this.#wake();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until everything recorded is durable or refused. What the spool holds stays there. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry();
    while (this.#working) await this.#work;
  }

  /** False while the books cannot be written: no new work should be taken then. */
  healthy(): boolean {
    return this.#mode === "books";
  }

  /** Where a row would go now. Once the spool has refused rows, that is nowhere until rows have been taken again. */
  rowsGo(): "books" | "spool" | "nowhere" {
    if (this.#mode === "books") return "books";
    return this.#mode === "failed" || this.#unplaced.length > 0 ? "nowhere" : "spool";
  }

  /**
   * Resolves when the settlement would survive power loss, in the books or in the spool. Rejects when it might not; it may come into
   * the books all the same.
   */
  record(settlement: Settlement): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ settlement, resolve, reject });
    void this.#wake();
    return promise;
  }

  #wake(): Promise<void> {
    if (!this.#working) {
      this.#working = true;
      this.#work = this.#writeAll();
    }
    return this.#work;
  }

  async #writeAll(): Promise<void> {
    // Lets whatever else is recorded in this very turn into the first batch.
    await Promise.resolve();
    for (;;) {
      const batch = this.#queue.splice(0, maxBatchRows);
      if (batch.length > 0) await this.#write(batch);
      const draining = this.#mode === "draining" && !this.#stopped;
      if (draining) await this.#drainStep();
      if (this.#queue.length === 0 && !draining) break;
    }
    // In the same breath as the last look at the queue: a row recorded later must find nobody at work.
    this.#working = false;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    if (this.#failure !== undefined) return refuse(batch, this.#failure);
    if (this.#mode !== "books") return this.#writeToSpool(batch);
    try {
      await this.#settle(batch.map((waiting) => waiting.settlement));
      this.#acknowledge(batch);
    } catch (error) {
      await this.#unsettled(batch, toGatewayError(error));
    }
  }

  async #unsettled(batch: readonly Waiting[], error: GatewayError): Promise<void> {
    if (isPassing(error)) {
      this.#leaveBooks(error);
      return this.#writeToSpool(batch);
    }
    if (isStorageFailure(error)) {
      this.#fail(error);
      return refuse(batch, error);
    }
    // A single row that the store cannot take must not pull down the rows beside it.
    if (batch.length > 1) {
      for (const waiting of batch) await this.#write([waiting]);
      return;
    }
    this.#parts.log.error("ledger_row_refused", {
      request_id: batch[0]?.settlement.entry.requestId,
      code: error.code,
      reason: String(error.cause ?? error.message),
    });
    await this.#free(batch);
    refuse(batch, error);
  }

  /** What was held for rows that will never be in the books. Whoever fails here is found open at the next start. */
  async #free(rows: readonly Waiting[]): Promise<void> {
    try {
      await this.#parts.holds.release(rows.map(({ settlement }) => settlement.entry.requestId));
    } catch (thrown) {
      this.#parts.log.warn("reservation_not_released", { reason: toGatewayError(thrown).message });
    }
  }

  async #writeToSpool(batch: readonly Waiting[]): Promise<void> {
    const all = [...this.#unplaced, ...batch];
    try {
      await this.#parts.spool.append(all.map((waiting) => waiting.settlement));
      this.#unplaced = [];
      this.#acknowledge(all);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (isPassing(error)) this.#unplaced = all.slice(0, mostUnplacedRows);
      else this.#fail(error);
      refuse(batch, error);
    }
    this.#meter.spooled(this.#parts.spool.bytes);
  }

  async #drainStep(): Promise<void> {
    try {
      const emptied = await this.#drain.step();
      this.#meter.spooled(this.#parts.spool.bytes);
      if (!emptied) return;
      await this.#tryUnplaced(this.#unplaced);
      this.#unplaced = [];
      this.#returnToBooks();
    } catch (thrown) {
      const error = toGatewayError(thrown);
      // A row that the books refuse stays in the spool and keeps the gateway unready: it was acknowledged once.
      if (isStorageFailure(error) && !isPassing(error)) return this.#fail(error);
      this.#leaveBooks(error);
      // Nothing new is let in that could show that the spool, at least, has room again.
      if (this.#unplaced.length > 0) await this.#writeToSpool([]);
    }
  }

  /** An empty spool shows nothing of the books: rows that found no place do. Rejects with a failure of the store alone. */
  async #tryUnplaced(rows: readonly Waiting[]): Promise<void> {
    if (rows.length === 0) return;
    try {
      await this.#settle(rows.map((waiting) => waiting.settlement));
      this.#acknowledge(rows);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (isStorageFailure(error)) throw error;
      // Their callers have been told that they failed: one that the books refuse may go, those beside it may not.
      if (rows.length > 1) for (const row of rows) await this.#tryUnplaced([row]);
      else await this.#free(rows);
    }
  }

  async #settle(batch: readonly Settlement[]): Promise<void> {
    const done = this.#meter.committing(batch.length);
    const settled = await this.#parts.store.settle(batch);
    done();
    this.#tell(settled);
  }

  /** What the budgets have to say of what was settled. */
  #tell({ overruns, passed }: Settled): void {
    for (const { requestId, heldNanos, costNanos } of overruns) {
      this.#meter.overrun(costNanos - heldNanos);
      this.#parts.log.warn("budget_overrun", {
        request_id: requestId,
        held_usd: formatUsd(heldNanos),
        cost_usd: formatUsd(costNanos),
      });
    }
    for (const { budget, startMs, percent, spentNanos } of passed) {
      this.#meter.passed(budget, percent);
      this.#parts.log.warn("budget_passed", {
        budget_id: budget.id,
        scope: scopeText(budget),
        window: budget.window,
        period_started_at: new Date(startMs).toISOString(),
        mode: budget.mode,
        percent,
        spent_usd: formatUsd(spentNanos),
        limit_usd: formatUsd(budget.limitNanos),
      });
    }
  }

  #acknowledge(batch: readonly Waiting[]): void {
    for (const { settlement, resolve } of batch) {
      this.#meter.recorded(settlement.entry.outcome);
      resolve();
    }
  }

  #leaveBooks(error: GatewayError): void {
    this.#parts.log.error("ledger_spooling", { reason: error.message, retry_ms: this.#retryMs });
    this.#mode = "spooling";
    if (this.#stopped) return;
    this.#cancelRetry = this.#parts.clock.after(this.#retryMs, () => {
      if (this.#mode === "spooling") this.#mode = "draining";
      void this.#wake();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }

  #returnToBooks(): void {
    if (this.#retryMs !== firstRetryMs) this.#parts.log.info("ledger_recovered");
    this.#mode = "books";
    this.#retryMs = firstRetryMs;
  }

  #fail(error: GatewayError): void {
    if (this.#failure !== undefined) return;
    this.#mode = "failed";
    this.#failure = error;
    this.#parts.log.error("ledger_failed", { reason: error.message });
    this.#parts.onFatal(error);
  }
}

function refuse(batch: readonly Waiting[], error: GatewayError): void {
  for (const { reject } of batch) reject(error);
}
