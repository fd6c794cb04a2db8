import { secondUs } from "./world.ts";

/** A token bucket with debt as the note describes it: one second of its rate deep, at least one unit, in millionths. */
export class ExactBucket {
  readonly #rate: number | undefined;
  readonly #fullMicros: number;
  #levelMicros: number;
  #atUs: number | undefined;

  constructor(rate: number | undefined) {
    this.#rate = rate;
    this.#fullMicros = Math.max(rate ?? 0, 1) * secondUs;
    this.#levelMicros = rate === 0 ? 0 : this.#fullMicros;
  }

  levelMicros(nowUs: number): number {
    const rate = this.#rate ?? 0;
    const passedUs = Math.max(0, nowUs - (this.#atUs ?? nowUs));
    this.#atUs = Math.max(this.#atUs ?? nowUs, nowUs);
    const missing = this.#fullMicros - this.#levelMicros;
    const fills = rate > 0 && passedUs >= Math.ceil(missing / rate);
    this.#levelMicros = fills ? this.#fullMicros : this.#levelMicros + rate * passedUs;
    return this.#levelMicros;
  }

  take(nowUs: number, units: number): void {
    if (this.#rate === undefined) return;
    this.#levelMicros = Math.min(this.#fullMicros, this.levelMicros(nowUs) - units * secondUs);
  }

  /** The first moment at which it holds so much. */
  holdsFromUs(nowUs: number, micros: number): number {
    if (this.#rate === undefined) return nowUs;
    const missing = micros - this.levelMicros(nowUs);
    if (missing <= 0) return nowUs;
    return this.#rate === 0 ? Number.POSITIVE_INFINITY : nowUs + Math.ceil(missing / this.#rate);
  }
}
