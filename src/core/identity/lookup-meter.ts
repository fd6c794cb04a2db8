import type { Clock } from "#core/effects/clock.ts";
import type { Counter, Histogram, Meter } from "#core/effects/meter.ts";

/** From a look into memory to a database that is far away. */
const secondsBuckets = [
  0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
  0.05, 0.1,
];

/** What one layer answered: `stale` is what memory gave in place of a store that fails. */
export type LookupResult = "hit" | "miss" | "error" | "stale";

/** Counts lookups of API keys by layer, and how long each layer took. */
export class LookupMeter {
  readonly #clock: Clock;
  readonly #lookups: Counter;
  readonly #durations: Histogram;

  constructor(meter: Meter, clock: Clock) {
    this.#clock = clock;
    this.#lookups = meter.counter("tokligence_token_lookup_total", "Lookups of API keys by the layer that was asked.", [
      "layer",
      "result",
    ]);
    this.#durations = meter.histogram(
      "tokligence_token_lookup_duration_seconds",
      "Time of a lookup of an API key in one layer.",
      secondsBuckets,
      ["layer"],
    );
  }

  /** `startedAtMs`: when the layer was asked, monotonic milliseconds. */
  answered(layer: string, result: LookupResult, startedAtMs: number): void {
    this.#lookups.add(1, layer, result);
    this.#durations.observe((this.#clock.monotonic() - startedAtMs) / 1000, layer);
  }
}
