import type { Database } from "bun:sqlite";
import type { BalanceFault } from "#core/evidence/chain-check.ts";
import { exactNanos } from "#integrations/stores/sqlite/ledger/chain-tables.ts";
import { readOne } from "#integrations/stores/sqlite/database.ts";

interface TransferFacts {
  readonly seq: number;
  readonly kind: string;
  readonly ref: string;
  readonly nanos: number | string;
  readonly debit: string;
  readonly credit: string;
}

interface PricedFacts {
  readonly seq: number;
  readonly request_id: string;
  readonly nanos: number | string;
}

interface SumFacts {
  readonly account: string;
  readonly debit: string;
  readonly credit: string;
}

const transfers = `SELECT seq, kind, ref, ${exactNanos("amount_nanos")} AS nanos,
  debit_kind || ' ' || debit_owner AS debit, credit_kind || ' ' || credit_owner AS credit
  FROM transfer WHERE seq > ? ORDER BY seq`;
const priced = `SELECT seq, request_id, ${exactNanos("cost_nanos")} AS nanos
  FROM usage_event WHERE seq > ? AND cost_nanos <> 0 ORDER BY seq`;
const sums = (table: string): string => `SELECT kind || ' ' || owner AS account,
  CAST(debit_nanos AS TEXT) AS debit, CAST(credit_nanos AS TEXT) AS credit FROM ${table}`;
const baseOf = (stream: string): string => `SELECT max(seq) AS seq FROM chain_base WHERE stream = '${stream}'`;

/**
 * Whether the money of the books agrees, in one pass along rows and transfers, which were written in the same order, and
 * in one picture of the database: each priced row has exactly its transfer, each account is the sum of its transfers.
 */
export function checkBalance(database: Database): BalanceFault | undefined {
  return database.transaction(() => new BalanceCheck(database).run())();
}

class BalanceCheck {
  readonly #database: Database;
  readonly #sums = new Map<string, { debit: bigint; credit: bigint; lastSeq: number }>();

  constructor(database: Database) {
    this.#database = database;
  }

  run(): BalanceFault | undefined {
    const base = (stream: string): number => readOne<{ seq: number | null }>(this.#database, baseOf(stream))?.seq ?? 0;
    return this.#pairs(base("usage"), base("transfer")) ?? this.#accounts();
  }

  #pairs(usageBase: number, transferBase: number): BalanceFault | undefined {
    using rowStatement = this.#database.prepare<PricedFacts, [number]>(priced);
    using transferStatement = this.#database.prepare<TransferFacts, [number]>(transfers);
    const rows = rowStatement.iterate(usageBase);
    let row = rows.next().value as PricedFacts | undefined;
    // The two chains are archived each for itself: at the beginning one may reach further back than the other.
    let aligned = transferBase === 0;
    for (const transfer of transferStatement.iterate(transferBase)) {
      this.#add(transfer);
      if (!aligned && this.#seqOf(transfer.ref) !== undefined) {
        while (row !== undefined && row.request_id !== transfer.ref) row = rows.next().value as PricedFacts | undefined;
        aligned = true;
      }
      if (row?.request_id === transfer.ref) {
        if (absolute(row.nanos) !== BigInt(transfer.nanos)) return { stream: "transfer", seq: transfer.seq };
        row = rows.next().value as PricedFacts | undefined;
      } else if (transfer.kind === "usage" || transfer.kind === "supply") {
        const seq = this.#seqOf(transfer.ref);
        if (row !== undefined && seq !== undefined && seq > row.seq) return { stream: "usage", seq: row.seq };
        if (seq !== undefined || usageBase === 0) return { stream: "transfer", seq: transfer.seq };
      }
    }
    return row === undefined || !aligned ? undefined : { stream: "usage", seq: row.seq };
  }

  #seqOf(requestId: string): number | undefined {
    const found = this.#database.query<{ seq: number }, [string]>("SELECT seq FROM usage_event WHERE request_id = ?");
    return found.get(requestId)?.seq;
  }

  #add({ seq, debit, credit, nanos }: TransferFacts): void {
    const amount = BigInt(nanos);
    const [debited, credited] = [this.#sum(debit), this.#sum(credit)];
    debited.debit += amount;
    credited.credit += amount;
    debited.lastSeq = seq;
    credited.lastSeq = seq;
  }

  #accounts(): BalanceFault | undefined {
    for (const { account, debit, credit } of this.#database.query<SumFacts, []>(sums("archived_account")).all()) {
      const sum = this.#sum(account);
      sum.debit += BigInt(debit);
      sum.credit += BigInt(credit);
    }
    for (const { account, debit, credit } of this.#database.query<SumFacts, []>(sums("account")).all()) {
      const sum = this.#sum(account);
      sum.debit -= BigInt(debit);
      sum.credit -= BigInt(credit);
    }
    for (const { debit, credit, lastSeq } of this.#sums.values()) {
      if (debit !== 0n || credit !== 0n) return { stream: "transfer", seq: lastSeq };
    }
    return undefined;
  }

  #sum(account: string): { debit: bigint; credit: bigint; lastSeq: number } {
    const known = this.#sums.get(account);
    if (known !== undefined) return known;
    const sum = { debit: 0n, credit: 0n, lastSeq: 0 };
    this.#sums.set(account, sum);
    return sum;
  }
}

function absolute(nanos: number | string): bigint {
  const exact = BigInt(nanos);
  return exact < 0n ? -exact : exact;
}
