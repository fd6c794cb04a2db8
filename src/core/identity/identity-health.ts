import type { Clock } from "#core/effects/clock.ts";
import type { Log } from "#core/effects/log.ts";
import type { GatewayError } from "#core/errors.ts";

/**
 * What happens to callers while the identity store fails. Nobody unknown is ever let in. `disabled`: what is in memory
 * goes on until identities change; `fail_open`: until the key itself or its owner changes; `fail_closed`: nobody goes on.
 */
export type DegradationMode = "disabled" | "fail_open" | "fail_closed";

/** How long a store that must answer for everybody may be silent before it is asked again for keys that are known. */
const trustedForMs = 5_000;

/** What the health of the identity store is told with. */
export interface IdentityHealthParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly degradationMode: DegradationMode;
}

/** Whether the identity store answers. One line of log for each change, not for each request. */
export class IdentityHealth {
  readonly mode: DegradationMode;
  readonly #clock: Clock;
  readonly #log: Log;
  #failing = false;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ clock, log, degradationMode }: IdentityHealthParts) {
    this.mode = degradationMode;
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether the store failed the last time it was asked. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Whether a key that is known may go on without the store being asked. */
  get memoryCounts(): boolean {
    if (this.mode !== "fail_closed") return true;
    return !this.#failing && this.#clock.monotonic() - this.#answeredAtMs < trustedForMs;
  }

  /** True at most once in the time, while the store fails: the moment to ask whether it is back. */
  takeTrial(intervalMs: number): boolean {
    const nowMs = this.#clock.monotonic();
    if (!this.#failing || nowMs - this.#askedAtMs < intervalMs) return false;
    this.#askedAtMs = nowMs;
    return true;
  }

  answered(): void {
    this.#answeredAtMs = this.#clock.monotonic();
    if (!this.#failing) return;
    this.#failing = false;
    this.#log.info("identity_store_back");
  }

  failed(error: GatewayError): void {
    this.#askedAtMs = this.#clock.monotonic();
    if (this.#failing) return;
    this.#failing = true;
    this.#log.error("identity_store_failed", { code: error.code, reason: error.message, mode: this.mode });
  }
}
