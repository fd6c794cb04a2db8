import type { Principal } from "#core/identity/principal.ts";
import { CallerHold } from "#core/limits/caller-hold.ts";
import {
  addressRate,
  type CallerRates,
  type CompiledQuotaRule,
  compileQuotaRules,
  type HourlyLimits,
  ratesOf,
} from "#core/limits/caller-rates.ts";
import { LimitAccounts, type LimitAccountsParts } from "#core/limits/limit-accounts.ts";
import type { CallOrigin, LimitHold, Limiter } from "#core/limits/limiter.ts";
import { freeHold } from "#core/limits/no-limits.ts";
import { PlaceHold } from "#core/limits/place-hold.ts";
import type { QuotaAdjustment } from "#core/time-rules/time-rules.ts";

/** What the limits are built from. */
export interface CallerLimitsParts extends LimitAccountsParts {
  readonly hourly: HourlyLimits;
}

/**
 * Rates, concurrency and quotas of callers, by GCRA (reliability note A10). What limits a principal is found out once; for
 * one that nothing limits, nothing is done, but that the calls of a key are counted.
 */
export class CallerLimits implements Limiter {
  readonly #accounts: LimitAccounts;
  readonly #hourly: HourlyLimits;
  readonly #countsAddresses: boolean;
  #rules: readonly CompiledQuotaRule[] = [];
  #rates = new WeakMap<Principal, CallerRates | "free">();

  constructor(parts: CallerLimitsParts) {
    this.#accounts = new LimitAccounts(parts);
    this.#hourly = parts.hourly;
    const { requestsPerHour, tokensPerHour } = parts.hourly;
    this.#countsAddresses = requestsPerHour.address !== undefined || tokensPerHour.address !== undefined;
  }

  /** The rules of the hour, in the place of those before; of those that match a key the last counts. */
  setQuotaRules(rules: readonly QuotaAdjustment[]): void {
    this.#rules = compileQuotaRules(rules);
    this.#rates = new WeakMap();
  }

  enter(principal: Principal, origin: CallOrigin, takesTokens: boolean): LimitHold {
    if (principal.kind === "root") return freeHold;
    const own = this.#ratesOf(principal);
    if (own === "free")
      return principal.keyId === undefined ? freeHold : new PlaceHold(this.#accounts, principal.keyId);
    const all = this.#countsAddresses ? this.#withAddress(own, origin.address) : own;
    const rates = takesTokens ? all : withoutTokens(all);
    const refusal = this.#accounts.entryRefusal(rates);
    if (refusal === undefined) return new CallerHold(this.#accounts, rates);
    this.#accounts.refuse(refusal);
    return new CallerHold(this.#accounts, quotaAlone(rates));
  }

  #ratesOf(principal: Principal): CallerRates | "free" {
    let rates = this.#rates.get(principal);
    if (rates === undefined) {
      const found = ratesOf(principal, this.#hourly, this.#rules);
      rates = isFree(found) && !this.#countsAddresses ? "free" : found;
      this.#rates.set(principal, rates);
    }
    return rates;
  }

  #withAddress(rates: CallerRates, address: string): CallerRates {
    if (address === "") return rates;
    const { requestsPerHour, tokensPerHour } = this.#hourly;
    return {
      ...rates,
      requests: [...rates.requests, ...addressRate("requests", requestsPerHour.address, address)],
      tokens: [...rates.tokens, ...addressRate("tokens", tokensPerHour.address, address)],
    };
  }
}

function isFree({ requests, tokens, concurrency, quota }: CallerRates): boolean {
  return requests.length === 0 && tokens.length === 0 && concurrency?.limit === undefined && quota === undefined;
}

function withoutTokens({ requests, concurrency }: CallerRates): CallerRates {
  return { requests, tokens: [], ...(concurrency === undefined ? {} : { concurrency }) };
}

/** What a call takes that passes in shadow mode alone. */
function quotaAlone({ quota }: CallerRates): CallerRates {
  return { requests: [], tokens: [], ...(quota === undefined ? {} : { quota }) };
}
