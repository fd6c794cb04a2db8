import type { CallerRates } from "#core/limits/caller-rates.ts";
import type { LimitAccounts } from "#core/limits/limit-accounts.ts";
import type { HoldEnd, LimitHold, LimitReport } from "#core/limits/limiter.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";

/** What one call of a limited caller has taken: a request and a place from the start, tokens once they are estimated. */
export class CallerHold implements LimitHold {
  readonly #accounts: LimitAccounts;
  #rates: CallerRates;
  #reserved = 0;
  /** What giving back asks for. */
  readonly #requestEndsUs: readonly number[];
  #tokenEndsUs: readonly number[] = [];
  /** The quotas' windows that the call is booked in: those of the moment when it first took tokens. */
  #since: readonly QuotaUsage[] | undefined;
  #settled = false;

  /** Takes the request and the place, whether or not there is room. */
  constructor(accounts: LimitAccounts, rates: CallerRates) {
    this.#accounts = accounts;
    this.#rates = rates;
    this.#requestEndsUs = accounts.enter(rates);
  }

  get countsTokens(): boolean {
    return this.#rates.tokens.length > 0 || this.#rates.quotas.length > 0;
  }

  reserve(tokens: number): void {
    if (!this.countsTokens || this.#settled) return;
    const refusal = this.#accounts.tokenRefusal(this.#rates, tokens);
    if (refusal !== undefined) {
      this.#accounts.refuse(refusal);
      // Only in shadow mode: what goes on all the same is counted by its quotas alone.
      this.#rates = { ...this.#rates, tokens: [] };
    } else {
      for (const { scope } of this.#rates.tokens) this.#accounts.meter.decided(scope, "allowed");
      if (this.#rates.quotas.length > 0) this.#accounts.meter.decided("quota", "allowed");
    }
    this.#book(tokens);
  }

  settle({ tokens, refused }: HoldEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#accounts.leave(this.#rates);
    if (refused) this.#accounts.undo(this.#rates, this.#requestEndsUs);
    if (refused) this.#book(-this.#reserved);
    else if (tokens !== undefined && this.countsTokens) this.#book(tokens - this.#reserved);
  }

  report(): LimitReport {
    return this.#accounts.report(this.#rates);
  }

  #book(tokens: number): void {
    if (tokens === 0) return;
    this.#since ??= this.#accounts.usages(this.#rates);
    if (tokens > 0) this.#tokenEndsUs = this.#accounts.take(this.#rates, tokens, this.#since);
    else this.#accounts.giveBack(this.#rates, -tokens, this.#since, this.#tokenEndsUs);
    this.#reserved += tokens;
  }
}
