import { nullMeter } from "#core/effects/null-meter.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import type { VirtualClock } from "#core/effects/virtual-clock.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { BudgetKeeper } from "#core/budgets/budget-keeper.ts";
import { type FakeSpool, storageFailed } from "#core/ledger/fake-books.ts";
import { startParts } from "#core/part.ts";
import type { InThreadStores } from "#integrations/stores/sqlite/in-thread.ts";

/** What may happen to a write: it works, the disk is full, or the process dies before or after it. */
export type WriteFate = "works" | "full" | "dies-before" | "dies-after";

/** What outlives a process. */
export interface Durable {
  readonly stores: InThreadStores;
  readonly spool: FakeSpool;
  readonly clock: VirtualClock;
}

/** The part of a process that keeps the books. Once it is dead, nothing that it was asked for ever answers. */
export class MortalBooks {
  readonly bookkeeper: Bookkeeper;
  readonly keeper: BudgetKeeper;
  readonly #fateOf: (method: string) => WriteFate;
  readonly #death = Promise.withResolvers<void>();
  isDead = false;

  private constructor({ stores, spool, clock }: Durable, fateOf: (method: string) => WriteFate) {
    this.#fateOf = fateOf;
    const onFatal = (): void => this.die();
    const store = this.#mortal(stores.ledger);
    this.bookkeeper = new Bookkeeper({
      store,
      holds: this.#mortal(stores.budgets),
      spool: this.#mortal(spool),
      clock,
      log: silentLog,
      meter: nullMeter,
      onFatal,
    });
    const budgets = { store: this.#mortal(stores.budgets), feed: new MemoryChangeFeed(), clock, log: silentLog };
    this.keeper = new BudgetKeeper({ ...budgets, bookkeeper: this.bookkeeper });
  }

  /** A process that has ended what an earlier one left open, or has died over it. `fateOf` is asked at each call. */
  static async start(durable: Durable, fateOf: (method: string) => WriteFate): Promise<MortalBooks> {
    const books = new MortalBooks(durable, fateOf);
    await Promise.race([startParts([books.bookkeeper, books.keeper]), books.#death.promise]);
    return books;
  }

  die(): void {
    this.isDead = true;
    this.#death.resolve();
  }

  /** The same, but for calls of a dead process, which never answer, and writes that end as they are fated. */
  #mortal<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (from, name) => {
        const found: unknown = Reflect.get(from, name, from);
        if (typeof found !== "function") return found;
        return (...args: readonly unknown[]) => this.#call(String(name), () => found.apply(from, args));
      },
    });
  }

  async #call(method: string, perform: () => unknown): Promise<unknown> {
    const fate = this.isDead ? "dies-before" : this.#fateOf(method);
    if (fate === "dies-before") return this.#silence();
    if (fate === "full") throw storageFailed("full");
    const answer = await perform();
    return fate === "dies-after" || this.isDead ? this.#silence() : answer;
  }

  #silence(): Promise<never> {
    this.die();
    return new Promise(() => {});
  }
}
