import type { Log } from "#core/effects/log.ts";
import type { Counter, Gauge, Meter } from "#core/effects/meter.ts";
import type { HealthState } from "#core/scheduler/capacity.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";

/** The specification's numbers. */
const numbers: Readonly<Record<HealthState, number>> = { closed: 0, open: 1, "half-open": 2 };

/** Tells of changes in the health of deployments: a number each, and one line of log a change. */
export class HealthMeter {
  readonly #states: Gauge;
  readonly #transitions: Counter;
  readonly #log: Log;
  readonly #modelLabel: (model: string) => string;

  /** `modelLabel` bounds the label values. */
  constructor(meter: Meter, log: Log, modelLabel: (model: string) => string) {
    this.#states = meter.gauge(
      "tokligence_circuit_breaker_state",
      "Health of a deployment: 0 closed, 1 open, 2 half-open.",
      ["deployment"],
    );
    this.#transitions = meter.counter(
      "tokligence_circuit_breaker_transitions_total",
      "Changes of the health of a deployment by what it became.",
      ["deployment", "state"],
    );
    this.#log = log;
    this.#modelLabel = modelLabel;
  }

  changed(id: DeploymentId, state: HealthState, openMs: number): void {
    const slash = id.indexOf("/") + 1;
    const label = `${id.slice(0, slash)}${this.#modelLabel(id.slice(slash))}`;
    this.#states.set(numbers[state], label);
    this.#transitions.add(1, label, state);
    if (state === "open") this.#log.warn("circuit_opened", { deployment: id, open_ms: openMs });
    else this.#log.info(state === "closed" ? "circuit_closed" : "circuit_half_open", { deployment: id });
  }
}
