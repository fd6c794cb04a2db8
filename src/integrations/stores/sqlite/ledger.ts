import type { Database, Statement } from "bun:sqlite";
import { GatewayError } from "#core/errors.ts";
import { chainStart } from "#core/ledger/chain.ts";
import type { LedgerEntry, LedgerRow } from "#core/ledger/entry.ts";
import { decodeBatch } from "#integrations/stores/entry-text.ts";
import { createRowHasher } from "#integrations/stores/sqlite/chain-hash.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import {
  insertRow,
  selectRows,
  toRow,
  toValues,
  type UsageEventRecord,
} from "#integrations/stores/sqlite/ledger-columns.ts";

/** Where a node's chain ends: what the next row builds on. */
interface Tip {
  readonly seq: number;
  readonly at: number;
  readonly hash: Uint8Array;
}

/** The writing half of the books, on the writer's thread. */
export class LedgerTable {
  readonly #nodeId: string;
  readonly #hash = createRowHasher();
  readonly #tip: Statement<Tip, []>;
  readonly #insert: Statement;
  readonly #append: (batch: readonly LedgerEntry[]) => void;
  readonly #tail: Statement<UsageEventRecord, [number]>;

  constructor(database: Database, commits: Commits, nodeId: string) {
    this.#nodeId = nodeId;
    this.#tip = database.query("SELECT seq, at, hash FROM usage_event ORDER BY seq DESC LIMIT 1");
    this.#insert = database.query(insertRow);
    this.#tail = database.query(`${selectRows} ORDER BY seq DESC LIMIT ?`);
    this.#append = commits.durable((batch) => this.#appendAll(batch));
  }

  /** `LedgerStore.settle` for a batch in the text of `encodeBatch`. */
  settle(batch: string): void {
    this.#append(decodeBatch(batch));
  }

  /** The node's newest rows in chain order. */
  tail(limit: number): readonly LedgerRow[] {
    return this.#tail.all(limit).map(toRow).reverse();
  }

  #appendAll(batch: readonly LedgerEntry[]): void {
    // Read under the write lock each time: a few microseconds buy that no failed commit can leave a stale tip behind.
    let tip = this.#tip.get() ?? { seq: 0, at: Number.MIN_SAFE_INTEGER, hash: chainStart };
    for (const entry of batch) tip = this.#appendOne(entry, tip);
  }

  #appendOne(entry: LedgerEntry, tip: Tip): Tip {
    refuseUnstorable(entry);
    // The wall clock may step back; the order of the books does not.
    const at = Math.max(tip.at, entry.atMs);
    const chained = { ...entry, atMs: at, nodeId: this.#nodeId, seq: tip.seq + 1 };
    const hash = this.#hash(tip.hash, chained);
    const { changes } = this.#insert.run(...toValues(chained, tip.hash, hash));
    return changes === 0 ? tip : { seq: chained.seq, at, hash };
  }
}

/** SQLite would keep the lowest 64 bits without a word. */
function refuseUnstorable({ costNanos, requestId }: LedgerEntry): void {
  if (costNanos === undefined || BigInt.asIntN(64, costNanos) === costNanos) return;
  throw new GatewayError("internal", `The cost of request ${requestId} does not fit 64 bits.`);
}
