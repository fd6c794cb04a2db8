import { type Pressure, Strain } from "#core/degradation/strain.ts";
import {
  type DegradationStep,
  degradationSteps,
  type Neighbours,
  soundNeighbours,
  stepsOf,
} from "#core/degradation/step.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { Counter, Gauge, Meter } from "#core/effects/meter.ts";
import { GatewayError } from "#core/errors.ts";
import { Jitter, RetryAfter } from "#core/scheduler/retry-after.ts";

/** A step that pressure leads to, and the pressure. */
export interface SheddingRung extends Pressure {
  readonly step: "shed_worst" | "shed_waiting" | "refuse_new";
}

/** How a process under pressure sheds load. */
export interface SheddingRules {
  /** Whether anybody is turned away for pressure, or only counted, or neither. */
  readonly mode: "enforce" | "shadow" | "off";
  /** In the order of their steps; none where load is never shed. */
  readonly rungs: readonly SheddingRung[];
  /** How long there must be calm before a rung is left. */
  readonly calmMs: number;
}

/** What the ladder stands on. */
export interface DegradationLadderParts {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  readonly rules: SheddingRules;
  /** How the stores are, as far as known. */
  readonly neighbours: () => Neighbours;
}

/**
 * What is given up while things go badly, step by step: under pressure of the process itself with hysteresis, and for as long
 * as a store fails. One gauge tells the worst step in force, one tells each; a line of log tells each entry and exit.
 */
export class DegradationLadder {
  readonly #parts: DegradationLadderParts;
  readonly #strain: Strain;
  readonly #worst: Gauge;
  readonly #step: Gauge;
  readonly #refused: Counter;
  readonly #retryAfter = new RetryAfter();
  readonly #jitter = new Jitter(1);
  /** The steps in force at the last look, and since when: monotonic milliseconds. */
  readonly #sinceMs = new Map<DegradationStep, number>();
  #pressure: Pressure = { lagMs: 0, loadPermille: 0, memoryPermille: 0 };
  #stores = soundNeighbours;

  constructor(parts: DegradationLadderParts) {
    const { meter, rules } = parts;
    this.#parts = parts;
    this.#strain = new Strain(rules);
    const numbers = degradationSteps.map((step, index) => `${index + 1} ${step}`).join(", ");
    this.#worst = meter.gauge("tokligence_degraded_mode", `Worst step of degradation in force: 0 none, ${numbers}.`);
    this.#step = meter.gauge("tokligence_degraded_step", "Steps of degradation in force: 1 in force, 0 not.", ["step"]);
    this.#refused = meter.counter(
      "tokligence_shed_requests_total",
      "Refusals by a step of degradation, which in shadow mode are only counted; a request is refused by each pool it tries.",
      ["step", "mode"],
    );
    this.#worst.set(0);
    for (const step of degradationSteps) this.#step.set(0, step);
  }

  /** Steps of pressure in force, for the request path: 0 while there is nothing to look at. */
  get rung(): number {
    return this.#strain.rung;
  }

  /** Whether new work really is refused, and not only in shadow. */
  get isShut(): boolean {
    return this.isPressedTo("refuse_new") && this.isEnforced;
  }

  /** Whether steps turn anybody away. A call that nobody can write down would fail in any mode. */
  get isEnforced(): boolean {
    return this.#parts.rules.mode === "enforce" || this.#stores.rows === "nowhere";
  }

  /** Hears of a measurement of the process, and looks at the stores. */
  sample(pressure: Pressure): void {
    this.#pressure = pressure;
    this.#strain.sample(this.#parts.clock.monotonic(), pressure);
    this.look();
  }

  /** The steps in force, the mildest first; what has changed since the last look is logged and shown in the gauges. */
  look(): readonly DegradationStep[] {
    const { neighbours, rules } = this.#parts;
    this.#stores = neighbours();
    const pressed = rules.rungs.slice(0, this.#strain.rung).map(({ step }) => step);
    const causes = new Set<DegradationStep>([...pressed, ...stepsOf(this.#stores)]);
    this.#worst.set(degradationSteps.findLastIndex((step) => causes.has(step)) + 1);
    for (const step of degradationSteps) this.#turn(step, causes.has(step));
    return degradationSteps.filter((step) => causes.has(step));
  }

  /** Whether this step is in force, also in shadow: then `turnAway` only counts. */
  isPressedTo(step: SheddingRung["step"]): boolean {
    return this.#sinceMs.has(step);
  }

  /** Counts that this step turns a request away. Returns its refusal, worth a retry; undefined where it may go on after all. */
  turnAway(step: SheddingRung["step"], message: string): GatewayError | undefined {
    this.#refused.add(1, step, this.isEnforced ? "enforce" : "shadow");
    if (!this.isEnforced) return undefined;
    const nowUs = Math.floor(this.#parts.clock.monotonic() * 1000);
    const retryAfterMs = this.#jitter.spreadMs(this.#retryAfter.drop(nowUs));
    return new GatewayError("overloaded", message, { details: { reason: step }, retryAfterMs });
  }

  #turn(step: DegradationStep, isInForce: boolean): void {
    const { clock, log, rules } = this.#parts;
    const nowMs = clock.monotonic();
    const sinceMs = this.#sinceMs.get(step);
    if (isInForce === (sinceMs !== undefined)) return;
    this.#step.set(isInForce ? 1 : 0, step);
    if (isInForce) {
      this.#sinceMs.set(step, nowMs);
      const { lagMs, loadPermille, memoryPermille } = this.#pressure;
      const measured = {
        lag_ms: Math.round(lagMs),
        load_percent: Math.round(loadPermille / 10),
        memory_percent: Math.round(memoryPermille / 10),
      };
      log.warn("degradation_entered", { step, ...measured, ...this.#stores, shedding: rules.mode });
    } else {
      this.#sinceMs.delete(step);
      log.info("degradation_left", { step, lasted_ms: Math.round(nowMs - (sinceMs ?? nowMs)) });
    }
  }
}
