/** What is measured of the process itself. */
export interface Pressure {
  /** How late the event loop was when it was last looked at. */
  readonly lagMs: number;
  /** Model calls that run, in thousandths of what may run at once. */
  readonly loadPermille: number;
  /** Memory that the process holds, in thousandths of what it may take; 0 where nobody says how much that is. */
  readonly memoryPermille: number;
}

/** How a process under pressure climbs, rung by rung, and comes down again. */
export interface StrainRules {
  /** What each rung is entered at, by any measure; each at least as much as the one before it. */
  readonly rungs: readonly Pressure[];
  /** A rung is left when lateness and load have been below four fifths of it, and memory below 95 %, for so long. */
  readonly calmMs: number;
}

/** A loop counts as late by the least of so many looks: a pause, or a machine that slept, neither begins a strain nor keeps it. */
const looks = 6;
const leavesBelow = 0.8;
/** A process gives little of its memory back, so that this measure need not fall as far as the others. */
const memoryLeavesBelow = 0.95;

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
  sample(nowMs: number, { lagMs, ...pressure }: Pressure): void {
    const { rungs, calmMs } = this.#rules;
    const lasting = { lagMs: this.#leastLagMs(lagMs), ...pressure };
    const [held, next] = [rungs[this.#rung - 1], rungs[this.#rung]];
    if (next !== undefined && reaches(lasting, next)) {
      this.#rung += 1;
      this.#calmSinceMs = undefined;
      return;
    }
    if (held === undefined || reaches(lasting, leaving(held))) {
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

function reaches({ lagMs, loadPermille, memoryPermille }: Pressure, rung: Pressure): boolean {
  return lagMs >= rung.lagMs || loadPermille >= rung.loadPermille || memoryPermille >= rung.memoryPermille;
}

function leaving({ lagMs, loadPermille, memoryPermille }: Pressure): Pressure {
  return {
    lagMs: lagMs * leavesBelow,
    loadPermille: loadPermille * leavesBelow,
    memoryPermille: memoryPermille * memoryLeavesBelow,
  };
}
