/** Between which bounds a deployment's concurrency may move, and where it begins. */
export interface AdaptiveBounds {
  /** Most requests at once, whatever the latency. */
  readonly ceiling: number;
  readonly floor?: number;
  readonly start?: number;
}

/** One answer that has begun, or failed. */
export interface LatencySample {
  /** Monotonic milliseconds of now. */
  readonly nowMs: number;
  /** Time to first content: the whole duration would call every long answer an overload. */
  readonly durationMs: number;
  /** Requests at the deployment, this one included. */
  readonly inFlight: number;
  readonly failed?: boolean;
}

/** A failure that came sooner says nothing of load. */
const shortestFailureMs = 100;

/** A window of samples is judged when it is this long and has so many. */
const windowMs = 1_000;
const windowSamples = 10;

/** Windows over which the long average reaches back, and those that are averaged plainly at first. */
const longWindows = 600;
const warmupWindows = 10;

/** The average of a window may be so much above the long one before the limit falls, permille. */
const tolerancePermille = 1_500;
const steepestPermille = 500;
/** Share of each new judgement in the limit, permille. */
const smoothingPermille = 200;
/** What the long average shrinks to when it is more than twice the short one, permille. */
const forgettingPermille = 950;

const mostHeadroom = 4;

/**
 * How many requests a deployment takes at once, found from its latency: Gradient2 of Netflix' concurrency-limits. When a
 * window's mean time to first content is more than half above the long average the limit falls, by half at most,
 * otherwise it grows by about the square root of itself, at most 4. Whole numbers alone: the limit is kept in
 * thousandths, time in microseconds. While less than half of the limit is in use it stays, as latency then says nothing of
 * it. What lasts becomes usual: under many minutes of saturation the limit creeps up again, until the ceiling.
 */
export class AdaptiveLimit {
  readonly #floor: number;
  readonly #ceiling: number;
  #limitMilli: number;
  #longUs = 0;
  #shortUs = 0;
  #windows = 0;
  #windowStartMs: number | undefined;
  #samples = 0;
  #sumUs = 0;
  #mostInFlight = 0;

  constructor({ ceiling, floor = 2, start = 20 }: AdaptiveBounds) {
    this.#ceiling = Math.max(1, ceiling) * 1_000;
    this.#floor = Math.min(this.#ceiling, floor * 1_000);
    this.#limitMilli = Math.min(this.#ceiling, Math.max(this.#floor, start * 1_000));
  }

  /** Requests that may be in flight, a whole number from the floor to the ceiling. */
  get limit(): number {
    return Math.floor(this.#limitMilli / 1_000);
  }

  /** Mean time to first content of the last window, milliseconds; 0 before the first. */
  get latencyMs(): number {
    return this.#shortUs / 1_000;
  }

  /** Takes a sample and returns the limit as it now is. */
  sample({ nowMs, durationMs, inFlight, failed = false }: LatencySample): number {
    if (failed && durationMs < shortestFailureMs) return this.limit;
    this.#windowStartMs ??= nowMs;
    this.#samples += 1;
    this.#sumUs += Math.round(durationMs * 1_000);
    this.#mostInFlight = Math.max(this.#mostInFlight, inFlight);
    if (this.#samples >= windowSamples && nowMs - this.#windowStartMs >= windowMs) this.#judge(nowMs);
    return this.limit;
  }

  #judge(nowMs: number): void {
    this.#shortUs = Math.max(1, Math.round(this.#sumUs / this.#samples));
    const inUse = this.#mostInFlight * 1_000;
    this.#windowStartMs = nowMs;
    this.#samples = 0;
    this.#sumUs = 0;
    this.#mostInFlight = 0;
    this.#learn(this.#shortUs);
    if (inUse * 2 < this.#limitMilli) return;
    const gradient = Math.floor((tolerancePermille * this.#longUs) / this.#shortUs);
    const bounded = Math.min(1_000, Math.max(steepestPermille, gradient));
    const judged = Math.floor((this.#limitMilli * bounded) / 1_000) + this.#headroom() * 1_000;
    const smoothed = this.#limitMilli * (1_000 - smoothingPermille) + judged * smoothingPermille;
    this.#limitMilli = Math.min(this.#ceiling, Math.max(this.#floor, Math.floor(smoothed / 1_000)));
  }

  #learn(shortUs: number): void {
    this.#windows = Math.min(this.#windows + 1, longWindows);
    const share = this.#windows <= warmupWindows ? this.#windows : (longWindows + 1) / 2;
    this.#longUs += Math.round((shortUs - this.#longUs) / share);
    // Once what slowed it down is over, the average must not go on calling that usual.
    if (this.#longUs > 2 * shortUs) this.#longUs = Math.floor((this.#longUs * forgettingPermille) / 1_000);
  }

  /** Less where the limit is low: with four more each time it could never fall below eight. */
  #headroom(): number {
    return Math.min(mostHeadroom, Math.max(1, Math.floor(Math.sqrt(this.#limitMilli / 1_000 - 1))));
  }
}
