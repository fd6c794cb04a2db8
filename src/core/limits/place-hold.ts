import type { KeyId } from "#core/effects/ids.ts";
import type { LimitAccounts } from "#core/limits/limit-accounts.ts";
import type { LimitHold } from "#core/limits/limiter.ts";
import { freeHold } from "#core/limits/no-limits.ts";

/** What a call holds of a key that nothing limits: a place among those that run, so that a limit set meanwhile counts it. */
export class PlaceHold implements LimitHold {
  readonly #accounts: LimitAccounts;
  #keyId: KeyId | undefined;

  constructor(accounts: LimitAccounts, keyId: KeyId) {
    this.#accounts = accounts;
    this.#keyId = keyId;
    accounts.begin(keyId);
  }

  get countsTokens(): boolean {
    return false;
  }

  reserve(): void {}

  settle(): void {
    if (this.#keyId === undefined) return;
    this.#accounts.end(this.#keyId);
    this.#keyId = undefined;
  }

  report(): ReturnType<LimitHold["report"]> {
    return freeHold.report();
  }
}
