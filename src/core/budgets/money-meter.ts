import type { Log } from "#core/effects/log.ts";
import type { Counter, Meter } from "#core/effects/meter.ts";
import type { ErrorCode } from "#core/errors.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { formatUsd } from "#core/ledger/money.ts";

/** What money decided, as metrics; what cannot be right, as a line of the log too. */
export class MoneyMeter {
  readonly #reserved: Counter;
  readonly #refused: Counter;
  readonly #aboveCeiling: Counter;
  readonly #log: Log;

  constructor(meter: Meter, log: Log) {
    this.#log = log;
    this.#reserved = meter.counter(
      "tokligence_budget_reserved_usd_total",
      "The most that calls under hard budgets could cost, held before they were sent, in US dollars.",
    );
    this.#refused = meter.counter("tokligence_budget_refusals_total", "Calls refused because of money.", ["code"]);
    this.#aboveCeiling = meter.counter(
      "tokligence_request_ceiling_exceeded_total",
      "Calls that cost more than ledger.max_request_usd; the rest was not charged.",
    );
  }

  reserved(nanos: bigint): void {
    this.#reserved.add(Number(nanos) / 1e9);
  }

  refused(code: ErrorCode): void {
    this.#refused.add(1, code);
  }

  /** A call cost more than any may: a fault of somebody's, which its caller does not pay for. */
  aboveCeiling({ requestId, provider, model, costNanos = 0n, overheadNanos = 0n }: LedgerEntry, ceiling: bigint): void {
    this.#aboveCeiling.add(1);
    this.#log.error("request_cost_above_ceiling", {
      request_id: requestId,
      provider,
      model,
      cost_usd: formatUsd(costNanos + overheadNanos),
      ceiling_usd: formatUsd(ceiling),
    });
  }
}
