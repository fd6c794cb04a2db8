import type { Counter, Meter } from "#core/effects/meter.ts";
import type { LimitRefusal } from "#core/limits/limit-refusal.ts";

/** Counts what limits decided. */
export class LimitsMeter {
  readonly #decisions: Counter;
  readonly #mode: string;

  constructor(meter: Meter, mode: "enforce" | "shadow") {
    this.#mode = mode;
    this.#decisions = meter.counter(
      "tokligence_ratelimit_decisions_total",
      "What limits of callers decided; in shadow mode nobody is refused.",
      ["scope", "decision", "mode"],
    );
  }

  /** `warned`: a soft quota was passed. */
  decided(scope: LimitRefusal["scope"], decision: "allowed" | "refused" | "warned"): void {
    this.#decisions.add(1, scope, decision, this.#mode);
  }
}
