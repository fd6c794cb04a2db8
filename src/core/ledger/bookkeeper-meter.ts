import type { Clock } from "#core/effects/clock.ts";
import type { Counter, Gauge, Histogram, Meter } from "#core/effects/meter.ts";
import type { Budget } from "#core/budgets/budget.ts";
import type { Outcome } from "#core/ledger/entry.ts";

const secondsBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const rowsBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 500];

/** The bookkeeper's metrics. */
export class BookkeeperMeter {
  readonly #clock: Clock;
  readonly #commitSeconds: Histogram;
  readonly #batchRows: Histogram;
  readonly #entries: Counter;
  readonly #spoolBytes: Gauge;
  readonly #overruns: Counter;
  readonly #overrunUsd: Counter;
  readonly #passed: Counter;

  constructor(meter: Meter, clock: Clock) {
    this.#clock = clock;
    this.#commitSeconds = meter.histogram(
      "tokligence_ledger_commit_duration_seconds",
      "Time of one durable commit of ledger rows.",
      secondsBuckets,
    );
    this.#batchRows = meter.histogram("tokligence_ledger_batch_rows", "Ledger rows in one commit.", rowsBuckets);
    this.#entries = meter.counter("tokligence_ledger_entries_total", "Durable ledger entries.", ["outcome"]);
    this.#spoolBytes = meter.gauge("tokligence_ledger_spool_bytes", "Ledger entries that wait outside the books.");
    this.#overruns = meter.counter("tokligence_budget_overruns_total", "Calls that cost more than was held for them.");
    this.#overrunUsd = meter.counter(
      "tokligence_budget_overrun_usd_total",
      "What calls cost beyond what was held for them, US dollars.",
    );
    this.#passed = meter.counter(
      "tokligence_budget_passed_total",
      "Budgets that passed 50, 80, 95 or 100 percent in a window.",
      ["scope", "mode", "percent"],
    );
  }

  /** Begins the measurement of a commit; the returned function ends it. A failed commit is not measured. */
  committing(rows: number): () => void {
    const startedAt = this.#clock.monotonic();
    return () => {
      this.#commitSeconds.observe((this.#clock.monotonic() - startedAt) / 1000);
      this.#batchRows.observe(rows);
    };
  }

  recorded(outcome: Outcome): void {
    this.#entries.add(1, outcome);
  }

  overrun(nanos: bigint): void {
    this.#overruns.add(1);
    this.#overrunUsd.add(Number(nanos) / 1e9);
  }

  passed({ scope, mode }: Budget, percent: number): void {
    this.#passed.add(1, scope, mode, String(percent));
  }

  spooled(bytes: number): void {
    this.#spoolBytes.set(bytes);
  }
}
