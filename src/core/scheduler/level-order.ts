import type { PoolLevel } from "#core/scheduler/pool-level.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";

/** Service divided by weight is kept in so many parts. */
const shareParts = 1_000_000;
/** A level's credit is at most what its floor brings in this many seconds. */
const creditSeconds = 5;
const highestCounter = 2 ** 52;
const sumEveryUs = 250_000;

/**
 * Which level goes next, by the policy. Floors are driven by service and not by time: while a level has work it earns its
 * share of everything that is dispatched, and pays with its own dispatches, so the share holds whatever it is that is scarce.
 */
export class LevelOrder {
  readonly #levels: readonly PoolLevel[];
  readonly #deployments: readonly ScheduledDeployment[];
  /** Thousandths of a unit of service that a level is owed. */
  readonly #credits: number[];
  /** Service by weight, for `weighted`. */
  readonly #counters: number[];
  #virtualNow = 0;
  #sumMilli = 0;
  #summedAtUs = Number.NEGATIVE_INFINITY;
  #summedSimple = false;
  /** Levels that have work. */
  #working = 0;

  /** `deployments` are those of the pool, whatever joins it later included. */
  constructor(levels: readonly PoolLevel[], deployments: readonly ScheduledDeployment[]) {
    this.#levels = levels;
    this.#deployments = deployments;
    this.#credits = levels.map(() => 0);
    this.#counters = levels.map(() => 0);
  }

  /** The level to serve among those where `ready` is true; -1 for none. Strict with ageing is not asked here. */
  next(ready: readonly boolean[], { policy }: SchedulingRules): number {
    if (policy === "weighted") return this.#leastServed(ready);
    const owed = policy === "hybrid" ? this.#mostOwed(ready) : -1;
    return owed >= 0 ? owed : ready.indexOf(true);
  }

  /** A level gets its first work: no credit for having had none. */
  began(level: number): void {
    this.#working += 1;
    this.#counters[level] = Math.max(this.#counters[level] ?? 0, this.#leastActive(level) ?? this.#virtualNow);
  }

  /** A level has no more work. */
  emptied(level: number): void {
    this.#working -= 1;
    this.#credits[level] = 0;
  }

  /** Units of service were dispatched for a level, because it was owed them or in the order of things. */
  dispatched(nowUs: number, level: number, units: number, byFloor: boolean, rules: SchedulingRules): void {
    if (rules.policy === "weighted") {
      this.#virtualNow = Math.max(this.#virtualNow, this.#counters[level] ?? 0);
      this.#count(level, units, rules);
    }
    if (rules.policy !== "hybrid" || this.#working === 0) return;
    this.#earn(nowUs, units, rules);
    const credit = this.#credits[level] ?? 0;
    if ((this.#levels[level]?.queued ?? 0) === 0) return;
    if (byFloor) this.#credits[level] = credit - 1000 * units;
    else if (credit > 0) this.#credits[level] = Math.max(0, credit - 1000 * units);
  }

  /** What was dispatched turns out to be so many units more, or fewer where negative. */
  corrected(level: number, units: number, byFloor: boolean, rules: SchedulingRules): void {
    if (rules.policy === "weighted") this.#count(level, units, rules);
    const work = this.#levels[level]?.queued ?? 0;
    if (byFloor && work > 0) this.#credits[level] = (this.#credits[level] ?? 0) - 1000 * units;
  }

  #count(level: number, units: number, { levels }: SchedulingRules): void {
    const service = Math.trunc((units * shareParts) / (levels[level]?.weight ?? 1));
    const counter = Math.max(0, (this.#counters[level] ?? 0) + service);
    this.#counters[level] = counter;
    if (counter <= highestCounter) return;
    const least = Math.min(this.#virtualNow, this.#leastActive(-1) ?? this.#virtualNow);
    for (const [index, value] of this.#counters.entries()) {
      this.#counters[index] = Math.min(highestCounter, Math.max(0, value - least));
    }
    this.#virtualNow -= least;
  }

  /** Every level with work earns its floor of what was dispatched. */
  #earn(nowUs: number, units: number, { capacityModel, levels }: SchedulingRules): void {
    const isSimple = capacityModel === "simple";
    const rateMilli = this.#rateMilli(nowUs, isSimple);
    for (const { level, queued, largestCharge } of this.#levels) {
      if (level === 0 || queued === 0) continue;
      const floor = levels[level]?.floorPermille ?? 0;
      const perSecond = Math.floor((floor * rateMilli) / 1000);
      const most = Math.max(1000 * (isSimple ? 1 : largestCharge), creditSeconds * perSecond);
      this.#credits[level] = Math.min(most, (this.#credits[level] ?? 0) + floor * units);
    }
  }

  /** Service per thousand seconds of the whole pool. Of many deployments, so it is summed a few times a second only. */
  #rateMilli(nowUs: number, isSimple: boolean): number {
    if (nowUs < this.#summedAtUs + sumEveryUs && isSimple === this.#summedSimple) return this.#sumMilli;
    this.#summedAtUs = nowUs;
    this.#summedSimple = isSimple;
    this.#sumMilli = 0;
    for (const { served } of this.#deployments) {
      this.#sumMilli += isSimple ? served.allRequestsRateMilli(nowUs) : served.allTokensRateMilli(nowUs);
    }
    return this.#sumMilli;
  }

  #mostOwed(ready: readonly boolean[]): number {
    let best = -1;
    let most = 0;
    for (let level = 1; level < ready.length; level += 1) {
      const credit = this.#credits[level] ?? 0;
      if (ready[level] !== true || credit <= most) continue;
      most = credit;
      best = level;
    }
    return best;
  }

  #leastServed(ready: readonly boolean[]): number {
    let best = -1;
    for (let level = 0; level < ready.length; level += 1) {
      if (ready[level] !== true) continue;
      if (best < 0 || (this.#counters[level] ?? 0) < (this.#counters[best] ?? 0)) best = level;
    }
    return best;
  }

  #leastActive(except: number): number | undefined {
    let least: number | undefined;
    for (const { level, queued } of this.#levels) {
      const counter = this.#counters[level] ?? 0;
      if (level !== except && queued > 0 && (least === undefined || counter < least)) least = counter;
    }
    return least;
  }
}
