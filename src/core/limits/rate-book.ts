import type { RateLimit } from "#core/limits/caller-rates.ts";
import { givenBack, stateOf, taken, untouchedUs, waitUs } from "#core/limits/gcra.ts";
import type { LimitState } from "#core/limits/limiter.ts";
import { RecentCache } from "#core/recent-cache.ts";

/** A limit that has no room, and for how long. */
export interface BlockedRate {
  readonly limit: RateLimit;
  readonly waitUs: number;
}

/** Callers that are counted at once; who was not heard of for longest is forgotten first. */
const mostEntries = 100_000;

interface Cell {
  tatUs: number;
}

/** What is taken of every rate, by the id of the limit. Whoever is idle costs nothing but the memory of a number. */
export class RateBook {
  readonly #cells = new RecentCache<Cell>(mostEntries);

  /** Which of these limits has to be waited for longest before `cost` may be taken of all; undefined for none. */
  blocking(limits: readonly RateLimit[], cost: number, nowUs: number): BlockedRate | undefined {
    let blocked: BlockedRate | undefined;
    for (const limit of limits) {
      const wait = waitUs(limit.rate, this.#tatUs(limit), cost, nowUs);
      if (wait > (blocked?.waitUs ?? 0)) blocked = { limit, waitUs: wait };
    }
    return blocked;
  }

  /**
   * Takes `cost` of each, whether or not there is room: ask `blocking` before, for all or nothing. Returns what `giveBack`
   * wants to know, a number for each limit.
   */
  take(limits: readonly RateLimit[], cost: number, nowUs: number): readonly number[] {
    return limits.map((limit) => {
      const cell = this.#cells.get(limit.id);
      const tatUs = taken(limit.rate, cell?.tatUs ?? untouchedUs, cost, nowUs);
      if (cell === undefined) this.#cells.set(limit.id, { tatUs });
      else cell.tatUs = tatUs;
      return tatUs;
    });
  }

  /** Gives `cost` of each back, as far as time has not refilled it; `endsUs` is what `take` returned. */
  giveBack(limits: readonly RateLimit[], cost: number, endsUs: readonly number[], nowUs: number): void {
    for (const [index, limit] of limits.entries()) {
      const cell = this.#cells.get(limit.id);
      if (cell !== undefined) cell.tatUs = givenBack(limit.rate, cell.tatUs, cost, endsUs[index] ?? nowUs, nowUs);
    }
  }

  /** The one of these limits of which least is left; undefined for none. */
  tightest(limits: readonly RateLimit[], nowUs: number): LimitState | undefined {
    let tightest: LimitState | undefined;
    for (const limit of limits) {
      const { remaining, resetUs } = stateOf(limit.rate, this.#tatUs(limit), nowUs);
      if (tightest !== undefined && remaining >= tightest.remaining) continue;
      tightest = { limit: limit.rate.burst, remaining, resetMs: Math.ceil(resetUs / 1000) };
    }
    return tightest;
  }

  /** Entries held at most now. */
  get size(): number {
    return this.#cells.size;
  }

  #tatUs(limit: RateLimit): number {
    return this.#cells.get(limit.id)?.tatUs ?? untouchedUs;
  }
}
