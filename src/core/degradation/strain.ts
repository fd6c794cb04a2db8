/** What is measured of the process itself. */
export interface Pressure {
  /** How late the event loop was when it was last looked at. */
  readonly lagMs: number;
  /** Model calls that run, in thousandths of what may run at once. */
  readonly loadPermille: number;
}

/** How a process under pressure climbs, rung by rung, and comes down again. */
export interface StrainRules {
  /** What each rung is entered at, by either measure; each at least as much as the one before it. */
  readonly rungs: readonly Pressure[];
  /** A rung is left when both measures have been below four fifths of it for so long. */
  readonly calmMs: number;
}

/** A loop counts as late by the least of so many looks: a pause, or a machine that slept, neither begins a strain nor keeps it. */
const looks = 6;
const leavesBelow = 0.8;

/**
 * How far the process is strained: a pure machine with hysteresis. It climbs at most one rung a sample and comes down at
 * most one in the calm time, so that what was shed comes back slowly. More pressure never means a lower rung.
 */
export class Strain {
  readonly #rules: StrainRules;
  readonly #lagsMs: number[] = [];
  #rung = 0;
  #calmSinceMs: number | undefined;

  constructor(rules: StrainRules) {
    this.#rules = rules;
  }

  /** How many rungs are in force; 0 while all is well. */
  get rung(): number {
    return this.#rung;
  }

  /** Hears of a measurement, at a monotonic time in milliseconds. */
  sample(nowMs: number, { lagMs, loadPermille }: Pressure): void {
    const { rungs, calmMs } = this.#rules;
    const lasting = { lagMs: this.#leastLagMs(lagMs), loadPermille };
    const [held, next] = [rungs[this.#rung - 1], rungs[this.#rung]];
    if (next !== undefined && reaches(lasting, next, 1)) {
      this.#rung += 1;
      this.#calmSinceMs = undefined;
      return;
    }
    if (held === undefined || reaches(lasting, held, leavesBelow)) {
      this.#calmSinceMs = undefined;
      return;
    }
    this.#calmSinceMs ??= nowMs;
    if (nowMs - this.#calmSinceMs < calmMs) return;
    this.#rung -= 1;
    this.#calmSinceMs = nowMs;
  }

  #leastLagMs(lagMs: number): number {
    this.#lagsMs.push(lagMs);
    if (this.#lagsMs.length > looks) this.#lagsMs.shift();
    return this.#lagsMs.length < looks ? 0 : Math.min(...this.#lagsMs);
  }
}

function reaches({ lagMs, loadPermille }: Pressure, rung: Pressure, share: number): boolean {
  return lagMs >= rung.lagMs * share || loadPermille >= rung.loadPermille * share;
}
