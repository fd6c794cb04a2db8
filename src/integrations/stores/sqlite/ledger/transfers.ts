import type { Database, Statement } from "bun:sqlite";
import { chainStart } from "#core/ledger/chain.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import type { TransferRow } from "#core/ledger/transfer-chain.ts";
import { createTransferHasher } from "#core/ledger/transfer-chain.ts";
import { type AccountKind, type AccountName, transferOf } from "#core/ledger/transfer.ts";
import { createRuntimeDigest } from "#integrations/stores/sqlite/ledger/chain-hash.ts";

interface Tip {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** A row of `transfer` as `selectTransfers` reads it. */
export interface TransferRecord {
  readonly seq: number;
  readonly node_id: string;
  readonly at: number;
  readonly debit_kind: AccountKind;
  readonly debit_owner: string;
  readonly credit_kind: AccountKind;
  readonly credit_owner: string;
  readonly amount_nanos: string;
  readonly kind: TransferRow["kind"];
  readonly ref: string;
  readonly price_version: string | null;
  readonly prev_hash: Uint8Array;
  readonly hash: Uint8Array;
}

/** Reads rows as `TransferRecord`; amounts travel as text, so that no digit is lost in a double. */
export const selectTransfers = `SELECT seq, node_id, at, debit_kind, debit_owner, credit_kind, credit_owner,
  CAST(amount_nanos AS TEXT) AS amount_nanos, kind, ref, price_version, prev_hash, hash FROM transfer`;

/** The transfer in a record. */
export function toTransferRow(record: TransferRecord): TransferRow {
  return {
    nodeId: record.node_id,
    seq: record.seq,
    atMs: record.at,
    debit: { kind: record.debit_kind, owner: record.debit_owner },
    credit: { kind: record.credit_kind, owner: record.credit_owner },
    amountNanos: BigInt(record.amount_nanos),
    kind: record.kind,
    ref: record.ref,
    ...(record.price_version !== null && { priceVersion: record.price_version }),
    prevHash: record.prev_hash,
    hash: record.hash,
  };
}

/** Transfers and the sums of their accounts. Only ever used inside the transaction of a settlement. */
export class TransferTable {
  readonly #nodeId: string;
  readonly #hash = createTransferHasher(createRuntimeDigest());
  readonly #tip: Statement<Tip, []>;
  readonly #insert: Statement;
  readonly #debit: Statement;
  readonly #credit: Statement;

  constructor(database: Database, nodeId: string) {
    this.#nodeId = nodeId;
    this.#tip = database.query("SELECT seq, hash FROM transfer ORDER BY seq DESC LIMIT 1");
    this.#insert = database.query(
      `INSERT INTO transfer (seq, node_id, at, debit_kind, debit_owner, credit_kind, credit_owner, amount_nanos, kind, ref,
       price_version, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#debit = database.query(addTo("debit_nanos"));
    this.#credit = database.query(addTo("credit_nanos"));
  }

  /** Moves what the rows cost, in their order. Sums are written once an account, however many rows there are. */
  post(entries: readonly LedgerEntry[]): void {
    const sums = new AccountSums();
    let tip: Tip | undefined;
    for (const entry of entries) {
      const transfer = transferOf(entry);
      if (transfer === undefined) continue;
      tip ??= this.#tip.get() ?? { seq: 0, hash: chainStart };
      const { debit, credit, amountNanos } = transfer;
      const chained = { ...transfer, nodeId: this.#nodeId, seq: tip.seq + 1 };
      const hash = this.#hash(tip.hash, chained);
      this.#insert.run(
        chained.seq,
        chained.nodeId,
        chained.atMs,
        debit.kind,
        debit.owner,
        credit.kind,
        credit.owner,
        amountNanos,
        chained.kind,
        chained.ref,
        chained.priceVersion ?? null,
        tip.hash,
        hash,
      );
      sums.add("debit", debit, amountNanos);
      sums.add("credit", credit, amountNanos);
      tip = { seq: chained.seq, hash };
    }
    for (const { side, account, nanos } of sums.all()) {
      (side === "debit" ? this.#debit : this.#credit).run(account.kind, account.owner, nanos);
    }
  }
}

type Side = "debit" | "credit";

/** What a batch adds to each side of each account. */
class AccountSums {
  readonly #sums = new Map<string, { readonly side: Side; readonly account: AccountName; nanos: bigint }>();

  add(side: Side, account: AccountName, nanos: bigint): void {
    const key = `${side} ${account.kind} ${account.owner}`;
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { side, account, nanos });
    else sum.nanos += nanos;
  }

  all(): Iterable<{ readonly side: Side; readonly account: AccountName; readonly nanos: bigint }> {
    return this.#sums.values();
  }
}

function addTo(column: "debit_nanos" | "credit_nanos"): string {
  return `INSERT INTO account (kind, owner, ${column}) VALUES (?, ?, ?)
    ON CONFLICT (kind, owner) DO UPDATE SET ${column} = ${column} + excluded.${column}`;
}
