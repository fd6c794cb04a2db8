import type { KeyPlaces } from "#core/limits/caller-rates.ts";
import type { LimitAccounts } from "#core/limits/limit-accounts.ts";
import type { LimitHold } from "#core/limits/limiter.ts";
import { freeHold } from "#core/limits/no-limits.ts";

/** What a call holds of a key that nothing limits: a place among those that run, so that a limit set meanwhile counts it. */
export class PlaceHold implements LimitHold {
  readonly #accounts: LimitAccounts;
  #places: readonly KeyPlaces[];

  constructor(accounts: LimitAccounts, places: readonly KeyPlaces[]) {
    this.#accounts = accounts;
    this.#places = places;
    accounts.begin(places);
  }

  get countsTokens(): boolean {
    return false;
  }

  reserve(): void {}

  settle(): void {
    this.#accounts.end(this.#places);
    this.#places = [];
  }

  report(): ReturnType<LimitHold["report"]> {
    return freeHold.report();
  }
}
