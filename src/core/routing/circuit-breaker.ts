import type { HealthState } from "#core/scheduler/capacity.ts";

/** When a breaker opens, and for how long. */
export interface BreakerRules {
  /** Failures in a row that open it; 0 for never. */
  readonly threshold: number;
  /** Of the first opening; each that follows too soon lasts twice as long as the one before. */
  readonly openMs: number;
  /** Share of failures in the window that opens it, percent; 0 for never. */
  readonly failurePercent: number;
  readonly windowMs: number;
  /** Results in the window before the share counts. */
  readonly minimumRequests: number;
}

const longestOpenMs = 300_000;

/**
 * A circuit breaker (Nygard, "Release It!"): closed while all is well, open after failures in a row or too large a share of
 * them, half-open when its time is over, closed by the first success. Pure: times are handed in, milliseconds of a
 * monotonic clock, and whoever holds it calls `elapse` when `halfOpenAtMs` has come.
 */
export class CircuitBreaker {
  readonly #rules: BreakerRules;
  #state: HealthState = "closed";
  #inARow = 0;
  /** Results of this half of the window and of the one before. */
  #halves = { startMs: 0, requests: 0, failures: 0, earlierRequests: 0, earlierFailures: 0 };
  #halfOpenAtMs = 0;
  #closedAtMs = 0;
  #openings = 0;

  constructor(rules: BreakerRules) {
    this.#rules = rules;
  }

  get state(): HealthState {
    return this.#state;
  }

  /** When an open one becomes half-open. */
  get halfOpenAtMs(): number {
    return this.#halfOpenAtMs;
  }

  /** Whether nothing that has happened matters any more, so that a new one would do as well. */
  isSpotless(nowMs: number): boolean {
    this.#turn(nowMs);
    const { failures, earlierFailures } = this.#halves;
    return this.#state === "closed" && failures + earlierFailures === 0 && this.#openingsAt(nowMs) === 0;
  }

  /** A success closes it at once, whatever it was. */
  succeeded(nowMs: number): void {
    this.#turn(nowMs);
    this.#halves.requests += 1;
    this.#inARow = 0;
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#closedAtMs = nowMs;
    this.#halves = { startMs: nowMs, requests: 0, failures: 0, earlierRequests: 0, earlierFailures: 0 };
  }

  /** What fails while it is open changes nothing: it was sent before, or for want of anybody else. */
  failed(nowMs: number): void {
    this.#turn(nowMs);
    this.#halves.requests += 1;
    this.#halves.failures += 1;
    this.#inARow += 1;
    if (this.#state === "half-open" || (this.#state === "closed" && this.#isTooMuch())) this.#open(nowMs);
  }

  /** A failure that will not pass by itself: opens it at once, unless it is open. */
  trip(nowMs: number): void {
    this.#turn(nowMs);
    if (this.#state !== "open") this.#open(nowMs);
  }

  /** Lets an open one try again. */
  elapse(): void {
    if (this.#state === "open") this.#state = "half-open";
  }

  #isTooMuch(): boolean {
    const { threshold, failurePercent, minimumRequests } = this.#rules;
    if (threshold > 0 && this.#inARow >= threshold) return true;
    const { requests, failures, earlierRequests, earlierFailures } = this.#halves;
    const seen = requests + earlierRequests;
    return failurePercent > 0 && seen >= minimumRequests && (failures + earlierFailures) * 100 >= failurePercent * seen;
  }

  #open(nowMs: number): void {
    const before = this.#openingsAt(nowMs);
    // Counting on beyond the longest opening would only delay its shrinking.
    const isLongest = before > 0 && this.#openMs(before + 1) === this.#openMs(before);
    this.#openings = isLongest ? before : before + 1;
    this.#state = "open";
    this.#halfOpenAtMs = nowMs + this.#openMs(this.#openings);
  }

  #openMs(openings: number): number {
    const { openMs } = this.#rules;
    return Math.min(Math.max(openMs, longestOpenMs), openMs * 2 ** Math.min(openings - 1, 30));
  }

  /** For each span of health as long as the last opening, one opening is forgotten. */
  #openingsAt(nowMs: number): number {
    if (this.#openings === 0 || this.#state !== "closed") return this.#openings;
    const forgotten = Math.floor((nowMs - this.#closedAtMs) / Math.max(1, this.#openMs(this.#openings)));
    return Math.max(0, this.#openings - forgotten);
  }

  #turn(nowMs: number): void {
    const { startMs, requests, failures } = this.#halves;
    const halfMs = this.#rules.windowMs / 2;
    const passedMs = nowMs - startMs;
    if (passedMs < halfMs) return;
    const isNext = passedMs < 2 * halfMs;
    this.#halves = {
      startMs: nowMs,
      requests: 0,
      failures: 0,
      earlierRequests: isNext ? requests : 0,
      earlierFailures: isNext ? failures : 0,
    };
  }
}
