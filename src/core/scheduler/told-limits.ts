import { Allowance } from "#core/scheduler/allowance.ts";
import { microsPerUnit } from "#core/scheduler/bucket.ts";
import type { RemainingLimit } from "#core/scheduler/capacity.ts";
import { aboveNothingMicros } from "#core/scheduler/resource.ts";

/** Units a second, as configured; undefined for no limit. */
export interface ConfiguredRates {
  readonly tokens: number | undefined;
  readonly requests: number | undefined;
}

/**
 * What a provider told of the limits of one deployment, by model and key: that holds back the deployment alone, beside what
 * it shares with others.
 */
export class ToldLimits {
  #tokens: Allowance | undefined;
  #requests: Allowance | undefined;

  /** `rate` is what is configured for this dimension. */
  tell(nowUs: number, dimension: keyof ConfiguredRates, limit: RemainingLimit, rate: number): void {
    const known = dimension === "tokens" ? this.#tokens : this.#requests;
    const allowance = known === undefined || known.isOver(nowUs) ? new Allowance(nowUs, rate) : known;
    allowance.told(nowUs, limit);
    if (dimension === "tokens") this.#tokens = allowance;
    else this.#requests = allowance;
  }

  /** The configured rates have changed. */
  setRates(nowUs: number, { tokens, requests }: ConfiguredRates): void {
    if (tokens === undefined) this.#tokens = undefined;
    else this.#tokens?.setRate(nowUs, tokens);
    if (requests === undefined) this.#requests = undefined;
    else this.#requests?.setRate(nowUs, requests);
  }

  /** When it lets the next request start; `nowUs` when it does now. */
  readyFromUs(nowUs: number, countsTokens: boolean): number {
    const requestsUs = this.#requests?.holdsFromUs(nowUs, microsPerUnit) ?? nowUs;
    const tokensUs = (countsTokens ? this.#tokens?.holdsFromUs(nowUs, aboveNothingMicros) : undefined) ?? nowUs;
    return Math.max(requestsUs, tokensUs);
  }

  /** What is left of a dimension, in millionths. */
  levelMicros(nowUs: number, dimension: keyof ConfiguredRates): number {
    const allowance = dimension === "tokens" ? this.#tokens : this.#requests;
    return allowance?.levelMicros(nowUs) ?? Number.MAX_SAFE_INTEGER;
  }

  /** A request of so many tokens starts. */
  spend(nowUs: number, tokens: number): void {
    this.#tokens?.spend(nowUs, tokens);
    this.#requests?.spend(nowUs, 1);
  }

  /** One that was dispatched then takes more, or gives back where negative. */
  correct(nowUs: number, dispatchedUs: number, tokens: number, requests: number): void {
    this.#tokens?.correct(nowUs, tokens, dispatchedUs);
    this.#requests?.correct(nowUs, requests, dispatchedUs);
  }
}
