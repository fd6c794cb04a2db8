import { secondUs } from "./world.ts";

/**
 * The most that any window has taken above `rate * T`: a bucket that leaks. No window ever took more than
 * `burst + rate * T + largest` exactly when this never exceeds `burst + largest`.
 */
export class RateWindow {
  #rate: number | undefined;
  /** Millionths of a unit. */
  #excess = 0;
  #atUs = 0;
  #burst = 0;

  setRate(nowUs: number, rate: number | undefined): void {
    this.#leak(nowUs);
    // What ran while there was no limit cannot be held against one.
    if (this.#rate === undefined) this.#excess = 0;
    this.#rate = rate;
    this.#burst = Math.max(this.#burst, rate ?? 0);
  }

  /** Takes `units`, or gives back where negative. Returns by how many units the bound is broken, 0 when it holds. */
  take(nowUs: number, units: number, slack: number): number {
    if (this.#rate === undefined) return 0;
    this.#leak(nowUs);
    this.#excess += units * 1_000_000;
    return Math.max(0, this.#excess / 1_000_000 - this.#burst - slack);
  }

  #leak(nowUs: number): void {
    const passedUs = Math.max(0, nowUs - this.#atUs);
    this.#atUs = Math.max(this.#atUs, nowUs);
    // Longer than this no window lasts that matters, and the product stays exact.
    const leaked = (this.#rate ?? 0) * Math.min(passedUs, 4 * secondUs);
    this.#excess = passedUs > 4 * secondUs ? 0 : Math.max(0, this.#excess - leaked);
  }
}
