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

interface KnownRates {
  readonly rates: CallerRates;
  /** Nothing of it is a limit: calls of its keys are counted, and that is all. */
  readonly isFree: boolean;
}

/**
 * Rates, concurrency and quotas of callers, by GCRA (reliability note A10). What limits a principal is found out once; for
 * one that nothing limits, nothing is done, but that the calls of a key are counted.
 */
export class CallerLimits implements Limiter {
  readonly #accounts: LimitAccounts;
  #hourly: HourlyLimits;
  #rules: readonly CompiledQuotaRule[] = [];
  #rates = new WeakMap<Principal, KnownRates>();

  constructor(parts: CallerLimitsParts) {
    this.#accounts = new LimitAccounts(parts);
    this.#hourly = parts.hourly;
  }

  /** Limits of everybody from now on. What was taken under those before counts on. */
  configure({ hourly, mode }: Pick<CallerLimitsParts, "hourly" | "mode">): void {
    this.#hourly = hourly;
    this.#accounts.setMode(mode);
    this.#rates = new WeakMap();
  }

  /** The rules of the hour, in the place of those before; of those that match a key the last counts. */
  setQuotaRules(rules: readonly QuotaAdjustment[]): void {
    this.#rules = compileQuotaRules(rules);
    this.#rates = new WeakMap();
  }

  enter(principal: Principal, origin: CallOrigin, takesTokens: boolean): LimitHold {
    if (principal.kind === "root") return freeHold;
    const { rates: own, isFree } = this.#ratesOf(principal);
    if (isFree) return own.places.length === 0 ? freeHold : new PlaceHold(this.#accounts, own.places);
    const all = this.#countsAddresses ? this.#withAddress(own, origin.address) : own;
    const rates = takesTokens ? all : withoutTokens(all);
    const refusal = this.#accounts.entryRefusal(rates);
    if (refusal === undefined) return new CallerHold(this.#accounts, rates);
    this.#accounts.refuse(refusal);
    return new CallerHold(this.#accounts, quotasAlone(rates));
  }

  get #countsAddresses(): boolean {
    const { requestsPerHour, tokensPerHour } = this.#hourly;
    return requestsPerHour.address !== undefined || tokensPerHour.address !== undefined;
  }

  #ratesOf(principal: Principal): KnownRates {
    let known = this.#rates.get(principal);
    if (known === undefined) {
      const rates = ratesOf(principal, this.#hourly, this.#rules);
      known = { rates, isFree: limitsNothing(rates) && !this.#countsAddresses };
      this.#rates.set(principal, known);
    }
    return known;
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

function limitsNothing({ requests, tokens, places, quotas }: CallerRates): boolean {
  if (requests.length > 0 || tokens.length > 0 || quotas.length > 0) return false;
  return places.every(({ limit }) => limit === undefined);
}

function withoutTokens(rates: CallerRates): CallerRates {
  return { ...rates, tokens: [], quotas: [] };
}

/** What a call takes that passes in shadow mode alone. */
function quotasAlone({ quotas }: CallerRates): CallerRates {
  return { requests: [], tokens: [], places: [], quotas };
}
