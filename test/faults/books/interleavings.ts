import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { localPrincipal } from "#core/identity/principal.ts";
import type { Budget } from "#core/budgets/budget.ts";
import { FakeSpool } from "#core/ledger/fake-books.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";
import { noon } from "../../stores/sample-budget.ts";
import { type Durable, MortalBooks, type WriteFate } from "./mortal-books.ts";

/** What many interleavings came to. */
export interface OverspendTally {
  readonly interleavings: number;
  /** Calls that were let through, refused by a hard budget, and left by their callers. */
  readonly granted: number;
  readonly refused: number;
  readonly aborted: number;
  /** Interleavings that a crash ended, and those in which the books could not be written for a while. */
  readonly crashes: number;
  readonly fullDisks: number;
  /** The most by which a hard budget was ever exceeded, nano-dollars. */
  readonly overspentNanos: bigint;
  /** Acknowledged calls that the books do not have, or have otherwise. */
  readonly lost: number;
  /** Interleavings after which something was still held, or a budget did not say what its rows say. */
  readonly unbalanced: number;
}

type Counts = { -readonly [Name in keyof OverspendTally]: OverspendTally[Name] };

/** Rows pile up in one database; after so many interleavings another is begun. */
const perDatabase = 500;

/**
 * Calls on up to three budgets that reserve, go on, are checkpointed, left, settled or cut off by a crash in an order that the seed
 * decides, turn by turn, against the real engine in memory; no call costs more than was held for it. After each interleaving a
 * new process takes over, and its budgets are looked at.
 */
export async function runInterleavings(options: {
  readonly interleavings: number;
  readonly seed: number;
}): Promise<OverspendTally> {
  const counts: Counts = {
    interleavings: options.interleavings,
    granted: 0,
    refused: 0,
    aborted: 0,
    crashes: 0,
    fullDisks: 0,
    overspentNanos: 0n,
    lost: 0,
    unbalanced: 0,
  };
  const random = new SequenceRandom(options.seed);
  const draw = (bound: number): number => Math.floor(random.uniform() * bound);
  for (let done = 0; done < options.interleavings; done += perDatabase) {
    const stores = openInThread();
    const durable = { stores, spool: new FakeSpool(), clock: new VirtualClock(noon) };
    const count = Math.min(perDatabase, options.interleavings - done);
    for (let index = 0; index < count; index += 1) await new Interleaving(durable, draw, counts, index).run();
    stores.close();
  }
  return counts;
}

interface BudgetSums {
  readonly spent: number;
  readonly reserved: number;
  readonly rows: number;
  readonly overspent: number;
}

/** All windows of each budget together. A hard one that was exceeded for a moment has kept that as its overrun. */
const budgetSums = `SELECT sum(p.spent_nanos) AS spent, sum(p.reserved_nanos) AS reserved,
  (SELECT coalesce(sum(cost_nanos), 0) FROM usage_event WHERE instr(',' || tags || ',', ',' || b.scope_id || ',') > 0) AS rows,
  max(iif(b.mode = 'hard', max(p.overrun_nanos, p.spent_nanos + p.reserved_nanos - b.limit_nanos), 0)) AS overspent
  FROM budget b JOIN budget_period p ON p.budget_id = b.id GROUP BY b.id`;

class Interleaving {
  readonly #durable: Durable;
  readonly #draw: (bound: number) => number;
  readonly #counts: Counts;
  readonly #name: string;
  /** Tags of the budgets; the last may be soft. */
  readonly #tags: readonly string[];
  /** Steps of calls that wait for their turn. */
  readonly #steps: (() => void)[] = [];
  readonly #acknowledged: Settlement[] = [];
  #hasBeenFull = false;

  constructor(durable: Durable, draw: (bound: number) => number, counts: Counts, index: number) {
    this.#durable = durable;
    this.#draw = draw;
    this.#counts = counts;
    this.#name = String(index);
    this.#tags = Array.from({ length: 1 + draw(3) }, (_, budget) => `t${index}-${budget}`);
  }

  async run(): Promise<void> {
    const { budgets } = this.#durable.stores;
    const made = this.#tags.map((tag, index) => this.#budget(tag, index));
    for (const budget of made) await budgets.createBudget(budget, sampleTrail("createBudget", budget.id));
    const books = await MortalBooks.start(this.#durable, (method) => this.#fateOf(method));
    if (!books.isDead) await this.#play(books);
    if (books.isDead) this.#counts.crashes += 1;
    books.die();
    if (this.#hasBeenFull) this.#counts.fullDisks += 1;
    const next = await MortalBooks.start(this.#durable, () => "works");
    // Long enough for what a spool holds to be tried again.
    await this.#durable.clock.run(10_000);
    next.die();
    this.#judge();
    for (const { id } of made) await budgets.deleteBudget(id, sampleTrail("deleteBudget", id));
  }

  #budget(tag: string, index: number): Budget {
    return {
      id: `bud_${tag}` as BudgetId,
      scope: "tag",
      scopeId: tag,
      window: this.#draw(2) === 0 ? "day" : "total",
      mode: index === 2 ? "soft" : "hard",
      limitNanos: BigInt(this.#draw(400)),
      createdAtMs: this.#durable.clock.now(),
    };
  }

  #fateOf(method: string): WriteFate {
    const isFull = method === "settle" && this.#draw(60) === 0;
    if (isFull) this.#hasBeenFull = true;
    if (isFull) return "full";
    const fate = this.#draw(120);
    if (fate === 0) return "dies-before";
    return fate === 1 ? "dies-after" : "works";
  }

  /** Lets one step after the other happen, in an order that is drawn, until every call has ended or the process has. */
  async #play(books: MortalBooks): Promise<void> {
    let left = 2 + this.#draw(7);
    for (let call = left; call > 0; call -= 1) void this.#call(books, call).finally(() => (left -= 1));
    while (left > 0 && !books.isDead) {
      for (let turn = this.#draw(12); turn >= 0; turn -= 1) await Promise.resolve();
      this.#steps.splice(this.#draw(this.#steps.length), 1)[0]?.();
      if (this.#draw(6) === 0) await this.#durable.clock.run(this.#draw(40) === 0 ? 43_200_000 : 130);
      if (this.#draw(300) === 0) books.die();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#steps.push(resolve));
  }

  async #call({ keeper, bookkeeper }: MortalBooks, number: number): Promise<void> {
    await this.#turn();
    const id = `req_${this.#name}_${number}`;
    const atMs = this.#durable.clock.now();
    const tags = this.#tags.filter(() => this.#draw(3) > 0);
    const applied = keeper.of(localPrincipal, tags, atMs);
    if (applied === undefined) return;
    const { postings, hasHard } = applied;
    const amountNanos = BigInt(this.#draw(120));
    const entry = (costNanos: bigint) => sampleEntry(id, { atMs, costNanos, tags: tags.join(), outputTokens: 1 });
    const draft = entry(0n);
    try {
      if (hasHard) await keeper.reserve({ requestId: id as RequestId, postings, amountNanos, draft, atMs });
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "budget_exhausted") throw error;
      this.#counts.refused += 1;
      return;
    }
    this.#counts.granted += 1;
    const part = (): bigint => BigInt(this.#draw(Number(amountNanos) + 1));
    for (let steps = this.#draw(4); steps > 0; steps -= 1) {
      await this.#turn();
      if (hasHard) keeper.checkpoint({ requestId: id as RequestId, draft: entry(part()) });
    }
    await this.#turn();
    const isLeft = this.#draw(4) === 0;
    if (isLeft) this.#counts.aborted += 1;
    const settlement = { entry: { ...entry(part()), outcome: isLeft ? "aborted" : "finished" } as const, postings };
    await bookkeeper.record(settlement);
    this.#acknowledged.push(settlement);
  }

  /** Nothing is held any more, each budget has spent what its rows cost, and no hard one more than its limit. */
  #judge(): void {
    const { database } = this.#durable.stores;
    const states = database.query<BudgetSums, []>(budgetSums).all();
    for (const { overspent } of states) {
      if (BigInt(overspent) > this.#counts.overspentNanos) this.#counts.overspentNanos = BigInt(overspent);
    }
    if (states.some(({ spent, reserved, rows }) => reserved !== 0 || spent !== rows)) this.#counts.unbalanced += 1;
    const find = database.query<{ cost: number; outcome: string }, [string]>(
      "SELECT cost_nanos AS cost, outcome FROM usage_event WHERE request_id = ?",
    );
    for (const { entry } of this.#acknowledged) {
      const row = find.get(entry.requestId);
      if (row?.outcome !== entry.outcome || BigInt(row.cost) !== entry.costNanos) this.#counts.lost += 1;
    }
  }
}

/** What a tally says in one line. */
export function interleavingText(tally: OverspendTally): string {
  const { interleavings, granted, refused, aborted, crashes, fullDisks, overspentNanos, lost, unbalanced } = tally;
  return `${interleavings} interleavings: ${granted} calls granted, ${refused} refused, ${aborted} left, ${crashes} crashes, ${fullDisks} full disks; overspent by ${overspentNanos} nano-dollars, ${lost} lost, ${unbalanced} unbalanced`;
}
