import type { Clock } from "#core/effects/clock.ts";
import type { Histogram, Meter } from "#core/effects/meter.ts";
import type { Part } from "#core/part.ts";

const intervalMs = 500;

/** What the sampler works with. */
export interface EventLoopLagParts {
  readonly clock: Clock;
  readonly meter: Meter;
  /** Hears of every sample. */
  readonly onSample?: ((lagMs: number) => void) | undefined;
}

/** Samples twice a second how late the event loop is, into `tokligence_event_loop_lag_seconds`. */
export class EventLoopLag implements Part {
  readonly name = "event-loop-lag";
  readonly #clock: Clock;
  readonly #histogram: Histogram;
  readonly #onSample: ((lagMs: number) => void) | undefined;
  #cancel: (() => void) | undefined;

  constructor(parts: EventLoopLagParts) {
    this.#clock = parts.clock;
    this.#onSample = parts.onSample;
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
      const lagMs = Math.max(0, this.#clock.monotonic() - due);
      this.#histogram.observe(lagMs / 1000);
      this.#onSample?.(lagMs);
      this.#sampleLater();
    });
  }
}
