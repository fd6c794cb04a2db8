import type { Clock } from "#core/effects/clock.ts";

const sharePerRequest = 0.1;
const refillPerSecond = 0.2;
const capacity = 3;

/**
 * One budget for the whole gateway: asking a provider again costs a token, every request earns a tenth of one, and a
 * slow trickle keeps a quiet gateway able to retry. So retries stay near a tenth of the traffic however many requests
 * fail at once. Moving on to a provider that has not been asked yet is free: it adds no load to the failing one.
 */
export class RetryBudget {
  readonly #clock: Clock;
  #tokens = capacity;
  #refilledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#refilledAt = clock.monotonic();
  }

  /** To be called once per request. */
  earn(): void {
    this.#tokens = Math.min(capacity, this.#tokens + sharePerRequest);
  }

  /** Takes one token; false if there is none. */
  spend(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How full it is, 0 to 1. */
  get ratio(): number {
    this.#refill();
    return this.#tokens / capacity;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(capacity, this.#tokens + ((now - this.#refilledAt) / 1000) * refillPerSecond);
    this.#refilledAt = now;
  }
}
