import { Bucket } from "#core/scheduler/bucket.ts";
import type { RemainingLimit } from "#core/scheduler/capacity.ts";

/** A limit that is said to be whole again only later than that is a mistake. */
const longestResetUs = 86_400_000_000;

/** What may be believed of a limit, in whole numbers: a negative rest, or a reset in the past or beyond a day, is no news at all. */
export function believed(limit: RemainingLimit | undefined): RemainingLimit | undefined {
  if (limit === undefined || !(limit.remaining >= 0) || !Number.isFinite(limit.remaining)) return undefined;
  const remaining = Math.floor(limit.remaining);
  const { resetInUs } = limit;
  if (resetInUs === undefined) return { remaining };
  return resetInUs > 0 && resetInUs <= longestResetUs ? { remaining, resetInUs: Math.ceil(resetInUs) } : undefined;
}

/**
 * What one deployment has left of one of its provider's limits: no more than the provider said, but for what its own rate has
 * brought since, until the provider's limit is whole again. Hearing of it only ever lowers it.
 */
export class Allowance {
  readonly #bucket: Bucket;
  #untilUs = 0;
  #toldAtUs = 0;

  /** Holds nothing back yet; `rate` in whole units per second. */
  constructor(nowUs: number, rate: number) {
    this.#bucket = new Bucket(nowUs, rate);
  }

  /** The provider's limit is whole again, and nothing is held back. */
  isOver(nowUs: number): boolean {
    return nowUs >= this.#untilUs;
  }

  told(nowUs: number, { remaining, resetInUs }: RemainingLimit): void {
    this.#bucket.lowerTo(nowUs, remaining);
    this.#untilUs = Math.max(this.#untilUs, resetInUs === undefined ? Number.MAX_SAFE_INTEGER : nowUs + resetInUs);
    this.#toldAtUs = nowUs;
  }

  setRate(nowUs: number, rate: number): void {
    this.#bucket.setRate(nowUs, rate);
  }

  /** What is left, in millionths. */
  levelMicros(nowUs: number): number {
    return this.isOver(nowUs) ? Number.MAX_SAFE_INTEGER : this.#bucket.levelMicros(nowUs);
  }

  /** When it will hold so many millionths if nothing is spent; `nowUs` when it does. */
  holdsFromUs(nowUs: number, micros: number): number {
    if (this.isOver(nowUs)) return nowUs;
    return Math.min(this.#untilUs, this.#bucket.holdsFromUs(nowUs, micros) ?? Number.MAX_SAFE_INTEGER);
  }

  spend(nowUs: number, units: number): void {
    this.#bucket.spend(nowUs, units);
  }

  /** Takes more of a call that was dispatched then, or gives back where negative. What the provider had counted when it spoke stays. */
  correct(nowUs: number, units: number, dispatchedUs: number): void {
    if (dispatchedUs > this.#toldAtUs) this.#bucket.spend(nowUs, units);
  }
}
