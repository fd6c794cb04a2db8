import type { Database, Statement } from "bun:sqlite";
import { GatewayError } from "#core/errors.ts";
import { chainStart } from "#core/ledger/chain.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import type { Settled } from "#core/ledger/settled.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import { decodeBatch } from "#integrations/stores/entry-text.ts";
import { BudgetSettler } from "#integrations/stores/sqlite/ledger/budget-settler.ts";
import { createRowHasher } from "#integrations/stores/sqlite/ledger/chain-hash.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { insertRow, toValues } from "#integrations/stores/sqlite/ledger/ledger-columns.ts";
import { ReportedEvents } from "#integrations/stores/sqlite/ledger/reported-events.ts";
import { UsageTotals } from "#integrations/stores/sqlite/ledger/totals.ts";
import { TransferTable } from "#integrations/stores/sqlite/ledger/transfers.ts";
import type { LedgerWriter } from "#integrations/stores/sqlite/worker-calls.ts";

/** Where a node's chain ends: what the next row builds on. */
interface Tip {
  readonly seq: number;
  readonly at: number;
  readonly hash: Uint8Array;
}

/** The writing half of the books: rows of usage, and all that comes with them in the same transaction. */
class LedgerTables {
  readonly #nodeId: string;
  readonly #hash = createRowHasher();
  readonly #tip: Statement<Tip, []>;
  readonly #insert: Statement;
  readonly #reported: ReportedEvents;
  readonly #transfers: TransferTable;
  readonly #budgets: BudgetSettler;
  readonly #totals: UsageTotals;

  constructor(database: Database, nodeId: string) {
    this.#nodeId = nodeId;
    this.#tip = database.query("SELECT seq, at, hash FROM usage_event ORDER BY seq DESC LIMIT 1");
    this.#insert = database.query(insertRow);
    this.#reported = new ReportedEvents(database);
    this.#transfers = new TransferTable(database, nodeId);
    this.#budgets = new BudgetSettler(database);
    this.#totals = new UsageTotals(database);
  }

  settle(batch: readonly Settlement[]): Settled {
    const fresh = this.#appendRows(batch);
    const entries = fresh.map(({ entry }) => entry);
    this.#transfers.post(entries);
    this.#totals.add(entries);
    return this.#budgets.settle(fresh);
  }

  /** Those whose request was not in the books, with the time that their row was given. */
  #appendRows(batch: readonly Settlement[]): readonly Settlement[] {
    // Read under the write lock each time: a few microseconds buy that no failed commit can leave a stale tip behind.
    let tip = this.#tip.get() ?? { seq: 0, at: Number.MIN_SAFE_INTEGER, hash: chainStart };
    const fresh: Settlement[] = [];
    for (const { entry, postings } of batch) {
      const next = this.#appendRow(entry, tip);
      if (next === tip) continue;
      fresh.push({ entry: { ...entry, atMs: next.at }, postings });
      tip = next;
    }
    return fresh;
  }

  /** The tip after the entry; the same as before when its request is in the books already. */
  #appendRow(entry: LedgerEntry, tip: Tip): Tip {
    refuseUnstorable(entry);
    if (this.#reported.has(entry)) return tip;
    // The wall clock may step back; the order of the books does not.
    const at = Math.max(tip.at, entry.atMs);
    const chained = { ...entry, atMs: at, nodeId: this.#nodeId, seq: tip.seq + 1 };
    const hash = this.#hash(tip.hash, chained);
    const { changes } = this.#insert.run(...toValues(chained, tip.hash, hash));
    if (changes === 0) return tip;
    this.#reported.add(chained);
    return { seq: chained.seq, at, hash };
  }
}

/** The calls of the books' writing half. */
export function ledgerCalls(database: Database, commits: Commits, nodeId: string): LedgerWriter {
  const tables = new LedgerTables(database, nodeId);
  const settle = commits.durable((batch: readonly Settlement[]) => tables.settle(batch));
  return { settle: (batch) => settle(decodeBatch(batch)) };
}

/** SQLite would keep the lowest 64 bits without a word. */
function refuseUnstorable({ costNanos = 0n, overheadNanos = 0n, requestId }: LedgerEntry): void {
  for (const nanos of [costNanos, overheadNanos]) {
    // A negative amount is moved back as a positive one, which has to fit too.
    if (BigInt.asIntN(64, nanos) === nanos && BigInt.asIntN(64, -nanos) === -nanos) continue;
    throw new GatewayError("internal", `The cost of request ${requestId} does not fit 64 bits.`);
  }
}
