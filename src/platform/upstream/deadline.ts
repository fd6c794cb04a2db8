import type { Clock } from "#core/effects/clock.ts";

/**
 * A deadline that moves with every byte at the price of one clock reading: the timer underneath is armed once and, when
 * it fires too early, armed again for what is left.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #expired: () => void;
  #dueAtMs = Number.POSITIVE_INFINITY;
  #firesAtMs = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Expires `delayMs` from now instead of at any earlier setting; `Infinity` never. */
  set(delayMs: number): void {
    this.#dueAtMs = this.#clock.monotonic() + delayMs;
    if (this.#dueAtMs < this.#firesAtMs) this.#arm(delayMs);
  }

  /** Disarms until the next `set`. A timer already under way stays: it will find nothing due, or serve the next phase. */
  clear(): void {
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  /** Disarms and drops the timer. */
  dispose(): void {
    this.clear();
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #arm(delayMs: number): void {
    this.#cancelTimer?.();
    this.#firesAtMs = this.#clock.monotonic() + delayMs;
    this.#cancelTimer = this.#clock.after(Math.ceil(delayMs), () => this.#fired());
  }

  #fired(): void {
    this.#cancelTimer = undefined;
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    if (this.#dueAtMs === Number.POSITIVE_INFINITY) return;
    const leftMs = this.#dueAtMs - this.#clock.monotonic();
    if (leftMs > 0) {
      this.#arm(leftMs);
      return;
    }
    this.clear();
    this.#expired();
  }
}
