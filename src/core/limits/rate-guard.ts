import type { Clock } from "#core/effects/clock.ts";
import type { RateLimit } from "#core/limits/caller-rates.ts";
import { RateBook } from "#core/limits/rate-book.ts";

const minuteUs = 60_000_000;

/** One rate for everybody alike, counted by whatever id it is given: so many a minute, all of them at once if need be. */
export class RateGuard {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #perMinute: number;
  readonly #book = new RateBook();

  constructor(clock: Pick<Clock, "monotonic">, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Takes one: 0. Or takes nothing, and says how many milliseconds there is no room for another. */
  take(id: string): number {
    const rate = { count: this.#perMinute, periodUs: minuteUs, burst: this.#perMinute };
    const limits: readonly RateLimit[] = [{ id, scope: "address", unit: "requests", per: "minute", rate }];
    const nowUs = Math.floor(this.#clock.monotonic() * 1000);
    const blocked = this.#book.blocking(limits, 1, nowUs);
    if (blocked !== undefined) return Math.ceil(blocked.waitUs / 1000);
    this.#book.take(limits, 1, nowUs);
    return 0;
  }
}
