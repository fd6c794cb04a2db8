import type { Clock } from "#core/effects/clock.ts";
import type { Histogram, Meter } from "#core/effects/meter.ts";
import type { Part } from "#core/part.ts";

const intervalMs = 500;

/** Samples twice a second how late the event loop is, into `tokligence_event_loop_lag_seconds`. */
export class EventLoopLag implements Part {
  readonly name = "event-loop-lag";
  readonly #clock: Clock;
  readonly #histogram: Histogram;
  #cancel: (() => void) | undefined;

  constructor(parts: { readonly clock: Clock; readonly meter: Meter }) {
    this.#clock = parts.clock;
    this.#histogram = parts.meter.histogram(
      "tokligence_event_loop_lag_seconds",
      "How late timers ran.",
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    );
  }

  async start(): Promise<void> {
    this.#cancel?.();
    this.#sampleLater();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #sampleLater(): void {
    const due = this.#clock.monotonic() + intervalMs;
    this.#cancel = this.#clock.after(intervalMs, () => {
      this.#histogram.observe(Math.max(0, this.#clock.monotonic() - due) / 1000);
      this.#sampleLater();
    });
  }
}
