import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import { nameKey } from "#core/identity/name-key.ts";
import { addressGroup, type RateLimit } from "#core/limits/caller-rates.ts";
import { RateBook } from "#core/limits/rate-book.ts";

const quarterUs = 15 * 60 * 1_000_000;
const hourUs = 60 * 60 * 1_000_000;

/**
 * How often codes may be asked for and tried. One sender comes to its own limit for an e-mail long before the limit of that
 * e-mail, so nobody alone can keep its owner out or fill its mailbox. Counted by what was said, whether or not anybody has
 * such an address. Throws `rate_limited`.
 */
export class LoginLimits {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #book = new RateBook();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Takes one code for the e-mail, asked for by this peer. */
  askCode(email: string, address: string): void {
    const [who, from] = [nameKey(email), addressGroup(address)];
    this.#take([
      limit("user", `codes of ${who} for ${from}`, 5, quarterUs),
      limit("address", `codes for ${from}`, 30, quarterUs),
      limit("user", `codes of ${who}`, 20, hourUs),
    ]);
  }

  /** Takes one try of a code by this peer. */
  tryCode(address: string): void {
    this.#take([limit("address", `tries by ${addressGroup(address)}`, 60, quarterUs)]);
  }

  #take(limits: readonly RateLimit[]): void {
    const nowUs = Math.floor(this.#clock.monotonic() * 1000);
    const blocked = this.#book.blocking(limits, 1, nowUs);
    if (blocked !== undefined) {
      throw new GatewayError("rate_limited", "Too many attempts to log in; come back later.", {
        retryAfterMs: Math.ceil(blocked.waitUs / 1000),
      });
    }
    this.#book.take(limits, 1, nowUs);
  }
}

function limit(scope: RateLimit["scope"], id: string, count: number, periodUs: number): RateLimit {
  return { id, scope, unit: "requests", per: "hour", rate: { count, periodUs, burst: count } };
}
