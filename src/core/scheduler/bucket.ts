/** Parts of a unit that a bucket counts: with microseconds, rate times time is exact. */
export const microsPerUnit = 1_000_000;

/** Most that is counted of one call, in units; whatever claims more is a mistake. */
export const mostUnits = 1_000_000_000;

/** Deepest debt in millionths, so that no sum leaves the whole numbers. */
const deepestMicros = -4_000_000_000_000_000;
/** Longest time that is counted at once; longer than any bucket needs to be full. */
const longestPourUs = 1_000_000_000_000;
/** One clean step back towards the full rate. */
const recoveryStepUs = 10_000_000;
const recoveryPermille = 10;
const slowingPermille = 900;

/**
 * A token bucket that may go into debt: it holds what its rate gives in one second, and may be spent below nothing, which
 * the rate pays back. Levels are millionths of a unit, so that nothing is lost however often it is looked at.
 */
export class Bucket {
  #rate: number | undefined;
  #levelMicros = 0;
  #atUs: number;
  /** Thousandths of the rate that it is held to after the provider said 429. */
  #permille = 1000;
  #carry = 0;
  #stepAtUs = 0;

  /** Full at the start. `rate` in units per second, whole, 0 takes nothing, undefined is no limit. */
  constructor(nowUs: number, rate: number | undefined) {
    this.#atUs = nowUs;
    this.setRate(nowUs, rate);
  }

  /** Units per second as configured; undefined for no limit. */
  get rate(): number | undefined {
    return this.#rate;
  }

  /** Units per second that it gives now; undefined for no limit. */
  get currentRate(): number | undefined {
    return this.#rate === undefined ? undefined : Math.ceil((this.#rate * this.#permille) / 1000);
  }

  /** A new rate. What is in it stays, up to what fits; where there was no limit it starts full. */
  setRate(nowUs: number, rate: number | undefined): void {
    this.#refill(nowUs);
    const wasFree = this.#rate === undefined;
    this.#rate = rate === undefined ? undefined : Math.min(mostUnits, rate > 0 ? Math.max(1, Math.floor(rate)) : 0);
    this.#levelMicros = wasFree ? this.#fullMicros : Math.min(this.#levelMicros, this.#fullMicros);
  }

  /** What is in it, in millionths; negative in debt. 0 where there is no limit. */
  levelMicros(nowUs: number): number {
    this.#refill(nowUs);
    return this.#levelMicros;
  }

  /** Whether it holds at least so many millionths. */
  holds(nowUs: number, micros: number): boolean {
    return this.#rate === undefined || this.levelMicros(nowUs) >= micros;
  }

  /** When it will hold so many millionths if nothing is spent; undefined for never. */
  holdsFromUs(nowUs: number, micros: number): number | undefined {
    if (this.#rate === undefined) return nowUs;
    const missing = micros - this.levelMicros(nowUs);
    if (missing <= 0) return nowUs;
    if (this.#rate === 0) return undefined;
    const scaled = Math.ceil(missing / this.#rate) * 1000 - this.#carry;
    return this.#atUs + Math.ceil(scaled / this.#permille);
  }

  /** Takes so many units, beyond what is there if need be; gives back where negative. */
  spend(nowUs: number, units: number): void {
    if (this.#rate === undefined) return;
    this.#refill(nowUs);
    const micros = Math.max(-mostUnits, Math.min(mostUnits, units)) * microsPerUnit;
    this.#levelMicros = Math.max(deepestMicros, Math.min(this.#fullMicros, this.#levelMicros - micros));
  }

  /** Lowers it to so many units, if it holds more. */
  lowerTo(nowUs: number, units: number): void {
    if (this.#rate === undefined) return;
    this.#refill(nowUs);
    this.#levelMicros = Math.min(this.#levelMicros, Math.min(mostUnits, Math.max(0, units)) * microsPerUnit);
  }

  /** Empties it, and gives nothing before `untilUs`. */
  rest(nowUs: number, untilUs: number): void {
    this.lowerTo(nowUs, 0);
    this.#atUs = Math.max(this.#atUs, untilUs);
  }

  /** A tenth slower from now on; a hundredth of the full rate comes back for each clean ten seconds after `fromUs`. */
  slowDown(nowUs: number, fromUs: number): void {
    this.#refill(nowUs);
    this.#permille = Math.max(recoveryPermille, Math.floor((this.#permille * slowingPermille) / 1000));
    this.#stepAtUs = Math.max(nowUs, fromUs) + recoveryStepUs;
  }

  /** The end of a rest. */
  wake(nowUs: number): void {
    this.#atUs = Math.min(this.#atUs, nowUs);
  }

  get #fullMicros(): number {
    return (this.#rate ?? 0) * microsPerUnit;
  }

  #refill(nowUs: number): void {
    while (this.#permille < 1000 && this.#stepAtUs <= nowUs) {
      this.#pour(this.#stepAtUs);
      this.#permille = Math.min(1000, this.#permille + recoveryPermille);
      this.#stepAtUs += recoveryStepUs;
    }
    this.#pour(nowUs);
  }

  #pour(untilUs: number): void {
    if (untilUs <= this.#atUs) return;
    const scaled = Math.min(untilUs - this.#atUs, longestPourUs) * this.#permille + this.#carry;
    this.#atUs = untilUs;
    const countedUs = Math.floor(scaled / 1000);
    this.#carry = scaled - countedUs * 1000;
    const rate = this.#rate ?? 0;
    const missing = this.#fullMicros - this.#levelMicros;
    if (rate === 0 || missing <= 0) return;
    // Never longer than it takes to be full, so that the product stays exact.
    const poured = rate * Math.min(countedUs, Math.ceil(missing / rate));
    this.#levelMicros = Math.min(this.#fullMicros, this.#levelMicros + poured);
  }
}
