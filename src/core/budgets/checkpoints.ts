import type { Clock } from "#core/effects/clock.ts";
import type { RequestId } from "#core/effects/ids.ts";
import type { Account } from "#core/ledger/account.ts";
import type { Budgets } from "#core/budgets/budgets.ts";

const everyTokens = 1_000;
const everyMs = 5_000;

/**
 * Says of a stream whose money is held how far it has come, every 1,000 tokens produced or 5 s, so that a crash is charged for what
 * had flowed. A stream that stands still says nothing.
 */
export class Checkpoints {
  readonly #requestId: RequestId;
  readonly #account: Account;
  readonly #budgets: Pick<Budgets, "checkpoint">;
  readonly #clock: Clock;
  #saidTokens = 0;
  #disarm: () => void;

  constructor(requestId: RequestId, account: Account, budgets: Pick<Budgets, "checkpoint">, clock: Clock) {
    this.#requestId = requestId;
    this.#account = account;
    this.#budgets = budgets;
    this.#clock = clock;
    this.#disarm = clock.after(everyMs, () => this.#tick());
  }

  /** More of the answer has come. */
  progressed(): void {
    if (this.#account.producedTokens - this.#saidTokens >= everyTokens) this.#say();
  }

  stop(): void {
    this.#disarm();
  }

  #tick(): void {
    if (this.#account.producedTokens > this.#saidTokens) this.#say();
    this.#disarm = this.#clock.after(everyMs, () => this.#tick());
  }

  #say(): void {
    this.#saidTokens = this.#account.producedTokens;
    this.#budgets.checkpoint({ requestId: this.#requestId, draft: this.#account.draft() });
  }
}
