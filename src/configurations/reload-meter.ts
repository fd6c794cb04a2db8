import type { Counter, Gauge, Meter } from "#core/effects/meter.ts";

/** What came of reading the configuration anew, as metrics. */
export class ReloadMeter {
  readonly #success: Gauge;
  readonly #reloads: Counter;
  readonly #lastSuccess: Gauge;

  constructor(meter: Meter) {
    this.#success = meter.gauge(
      "tokligence_config_reload_success",
      "Whether the configuration was last read without a problem: 1, or 0 while one of before is in force.",
    );
    this.#reloads = meter.counter(
      "tokligence_config_reloads_total",
      "How often the configuration was read anew, by what came of it.",
      ["result"],
    );
    this.#lastSuccess = meter.gauge(
      "tokligence_config_last_reload_success_timestamp_seconds",
      "When the configuration was last read without a problem, seconds since 1970.",
    );
  }

  /** The gateway begins with a configuration that was read then; milliseconds since 1970. */
  began(atMs: number): void {
    this.#success.set(1);
    this.#lastSuccess.set(atMs / 1000);
  }

  ended(result: "applied" | "unchanged" | "failed", atMs: number): void {
    this.#reloads.add(1, result);
    this.#success.set(result === "failed" ? 0 : 1);
    if (result !== "failed") this.#lastSuccess.set(atMs / 1000);
  }
}
