import type { BudgetMode } from "#core/budgets/budget.ts";

/** One window of one budget in the model. */
interface Taken {
  spent: bigint;
  reserved: bigint;
}

/** What a call holds, by windows such as `bud_1/0`; its newest draft's cost, undefined before a checkpoint. */
interface Held {
  readonly windows: readonly string[];
  readonly amount: bigint;
  drafted: bigint | undefined;
}

/** The books as they should be: budgets, what calls hold, what they cost. Fifty lines against which an engine is checked. */
export class BooksModel {
  readonly budgets: Map<string, { limit: bigint; mode: BudgetMode }>;
  readonly #taken = new Map<string, Taken>();
  readonly open = new Map<string, Held>();
  readonly #released = new Set<string>();
  readonly settled = new Map<string, bigint>();

  constructor(budgets: Map<string, { limit: bigint; mode: BudgetMode }>) {
    this.budgets = budgets;
  }

  taken(window: string): Taken {
    const taken = this.#taken.get(window) ?? { spent: 0n, reserved: 0n };
    this.#taken.set(window, taken);
    return taken;
  }

  /** What a hard budget has left in a window; undefined for one that refuses nothing. */
  #left(window: string): bigint | undefined {
    const budget = this.budgets.get(window.slice(0, window.indexOf("/")));
    const { spent, reserved } = this.taken(window);
    return budget?.mode === "hard" ? budget.limit - spent - reserved : undefined;
  }

  reserve(id: string, windows: readonly string[], amount: bigint): boolean {
    if (this.open.has(id) || this.#released.has(id) || this.settled.has(id)) return true;
    if (windows.some((window) => (this.#left(window) ?? amount) < amount)) return false;
    for (const window of windows) this.taken(window).reserved += amount;
    this.open.set(id, { windows, amount, drafted: undefined });
    return true;
  }

  #free(id: string): void {
    const held = this.open.get(id);
    for (const window of held?.windows ?? []) this.taken(window).reserved -= held?.amount ?? 0n;
    this.open.delete(id);
  }

  release(id: string): void {
    if (this.open.has(id)) this.#released.add(id);
    this.#free(id);
  }

  settle(id: string, windows: readonly string[], cost: bigint): void {
    if (this.settled.has(id)) return;
    this.#free(id);
    this.settled.set(id, cost);
    for (const window of windows) this.taken(window).spent += cost;
  }

  recover(): void {
    for (const [id, { windows, drafted }] of [...this.open]) {
      if (drafted === undefined) this.release(id);
      else this.settle(id, windows, drafted);
    }
  }
}
