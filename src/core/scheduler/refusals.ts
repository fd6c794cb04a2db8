import type { Lane } from "#core/scheduler/lane.ts";
import type { Effect, RefusalReason, Ticket } from "#core/scheduler/offer.ts";
import { Jitter } from "#core/scheduler/retry-after.ts";
import type { RefusalRecord } from "#core/scheduler/state.ts";

const kept = 20;
const longestPauseSeconds = 32;

/** One that is turned away. */
export interface TurnedAway {
  readonly ticket: Ticket;
  readonly lane: Lane;
  readonly level: number;
  readonly tenant: string;
  readonly predictedUs: number;
}

interface Entry extends Omit<RefusalRecord, "agoUs"> {
  readonly atUs: number;
}

/** Words for those turned away: why, and when to come back. Remembers the last twenty. */
export class Refusals {
  readonly #jitter: Jitter;
  readonly #entries: Entry[] = [];
  #next = 0;

  constructor(seed: number) {
    this.#jitter = new Jitter(seed);
  }

  refuse(nowUs: number, { ticket, lane, level, tenant, predictedUs }: TurnedAway, reason: RefusalReason): Effect {
    this.#entries[this.#next] = { atUs: nowUs, level, tenant, pool: lane.pool.name, reason };
    this.#next = (this.#next + 1) % kept;
    const retryAfterMs = reason === "deadline_exceeded" ? undefined : this.#retryAfterMs(nowUs, lane, level, reason);
    return { type: "refuse", ticket, reason, retryAfterMs, predictedUs };
  }

  /** The last twenty, the newest first. */
  records(nowUs: number): readonly RefusalRecord[] {
    const { length } = this.#entries;
    return this.#entries
      .map((_, age) => this.#entries[(this.#next - 1 - age + 2 * length) % length])
      .filter((entry) => entry !== undefined)
      .map(({ atUs, ...rest }) => ({ agoUs: Math.max(0, nowUs - atUs), ...rest }));
  }

  #retryAfterMs(nowUs: number, lane: Lane, level: number, reason: RefusalReason): number {
    const seconds = lane.pool.levels[level]?.retryAfter.drop(nowUs) ?? 1;
    const pauseSeconds = reason === "no_capacity" ? Math.ceil(lane.pausedForUs(nowUs) / 1_000_000) : 0;
    return pauseSeconds > 0 ? Math.min(longestPauseSeconds, pauseSeconds) * 1000 : this.#jitter.spreadMs(seconds);
  }
}
