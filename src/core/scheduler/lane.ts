import type { Bottleneck } from "#core/scheduler/bottleneck.ts";
import { LaneLevel } from "#core/scheduler/lane-level.ts";
import type { LaneId } from "#core/scheduler/offer.ts";
import type { Pool } from "#core/scheduler/pool.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";

/** Order of choice by health. */
const healthRank = { closed: 0, "half-open": 1, open: 2 } as const;

/** Requests that may go to the same deployments, and how one of these is chosen. */
export class Lane {
  readonly id: LaneId;
  /** In order of preference. */
  readonly deployments: readonly ScheduledDeployment[];
  readonly levels: readonly LaneLevel[];
  pool: Pool;
  queued = 0;
  /** What may hold it up; made when first asked for, undefined again when deployments or lanes are added. */
  bottlenecks: readonly Bottleneck[] | undefined = undefined;
  /** Smooth weighted round-robin among deployments where nothing runs. */
  readonly #turns: number[];
  readonly #idle: number[] = [];

  constructor(id: LaneId, deployments: readonly ScheduledDeployment[], pool: Pool, levels: number) {
    this.id = id;
    this.deployments = deployments;
    this.pool = pool;
    this.levels = Array.from({ length: levels }, (_, level) => new LaneLevel(level));
    this.#turns = deployments.map(() => 0);
  }

  /**
   * The deployment that the next request would start at, by its index; -1 when none can take it now. The soundest first,
   * among equals the least loaded for its weight; who is out of order only where nobody else is left.
   */
  choose(nowUs: number, { capacityModel, probes }: SchedulingRules): number {
    const countsTokens = capacityModel !== "simple";
    let best = -1;
    let bestRank = 3;
    let anySound = false;
    this.#idle.length = 0;
    for (let index = 0; index < this.deployments.length; index += 1) {
      const deployment = this.deployments[index];
      if (deployment === undefined) continue;
      const rank = healthRank[deployment.health];
      anySound ||= rank < 2;
      if (rank > bestRank || !deployment.mayTry(probes) || !deployment.canStart(nowUs, countsTokens)) continue;
      if (rank < bestRank) this.#idle.length = 0;
      this.#idle.push(index);
      if (rank < bestRank || this.#isLessLoaded(index, best)) best = index;
      bestRank = rank;
    }
    if (bestRank === 2 && anySound) return -1;
    return this.#idle.length > 1 && this.#nothingRuns() ? this.#nextInTurn() : best;
  }

  /** The deployment that `choose` has just named is used: the turn passes on. */
  chosen(index: number): void {
    if (this.#idle.length < 2 || !this.#nothingRuns()) return;
    let total = 0;
    for (const other of this.#idle) {
      const weight = this.deployments[other]?.weight ?? 0;
      total += weight;
      this.#turns[other] = (this.#turns[other] ?? 0) + weight;
    }
    this.#turns[index] = (this.#turns[index] ?? 0) - total;
  }

  /** Whether nothing of this lane can be served: limits of nothing, or all out of order and their one trial taken. */
  isHopeless(nowUs: number, rules: SchedulingRules): boolean {
    let anySound = false;
    for (const deployment of this.deployments) {
      if (deployment.health === "open") continue;
      anySound = true;
      if (!deployment.takesNothing(rules.capacityModel !== "simple")) return false;
    }
    return anySound || this.choose(nowUs, rules) < 0;
  }

  /** How long its deployments have all been told to be left alone; 0 when one of them may be asked. */
  pausedForUs(nowUs: number): number {
    let leastUs = Number.MAX_SAFE_INTEGER;
    for (const { health, pausedUntilUs } of this.deployments) {
      if (health !== "open") leastUs = Math.min(leastUs, Math.max(0, pausedUntilUs - nowUs));
    }
    return leastUs === Number.MAX_SAFE_INTEGER ? 0 : leastUs;
  }

  /** When time alone lets its next request start; never is the largest whole number. */
  readyFromUs(nowUs: number, rules: SchedulingRules): number {
    let fromUs = Number.MAX_SAFE_INTEGER;
    for (const deployment of this.deployments) {
      if (deployment.health === "open") continue;
      fromUs = Math.min(fromUs, deployment.readyFromUs(nowUs, rules) ?? Number.MAX_SAFE_INTEGER);
    }
    return fromUs;
  }

  #isLessLoaded(index: number, than: number): boolean {
    const [one, other] = [this.deployments[index], this.deployments[than]];
    if (one === undefined || other === undefined) return other === undefined;
    return (one.inFlight + 1) * other.weight < (other.inFlight + 1) * one.weight;
  }

  #nothingRuns(): boolean {
    return this.#idle.every((index) => this.deployments[index]?.inFlight === 0);
  }

  #nextInTurn(): number {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (const index of this.#idle) {
      const turn = (this.#turns[index] ?? 0) + (this.deployments[index]?.weight ?? 0);
      if (turn <= most) continue;
      most = turn;
      best = index;
    }
    return best;
  }
}
