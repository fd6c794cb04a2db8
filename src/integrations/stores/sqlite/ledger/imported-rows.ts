import type { Database, Statement } from "bun:sqlite";
import type { ImportedChain } from "#core/evidence/chain-check.ts";
import { chainStart } from "#core/ledger/chain.ts";
import { type ChainBase, streams } from "#core/evidence/stream.ts";
import { chainTables } from "#integrations/stores/sqlite/ledger/chain-tables.ts";
import type { RowPage, RowValue } from "#integrations/stores/sqlite/ledger/chain-walk.ts";

interface KeptRecord {
  readonly record: string;
}

/** Chains of other gateways that lie here, by node and stream. */
export function importedChains(database: Database): readonly ImportedChain[] {
  const named = database.query<{ node_id: string; name: string }, []>(
    "SELECT DISTINCT node_id, name FROM imported_row ORDER BY node_id, name",
  );
  return named.all().flatMap(({ node_id, name }) => {
    const stream = streams.find((each) => chainTables[each].table === name);
    return stream === undefined ? [] : [{ nodeId: node_id, stream }];
  });
}

/** Rows of one closed chain, as they were kept: read by their numbers, since their keys are text. */
export class ImportedRows {
  readonly #chain: ImportedChain;
  readonly #table: string;
  readonly #hashed: readonly string[];
  readonly #one: Statement<KeptRecord, [string, string, string]>;
  readonly #next: Statement<{ readonly seq: number | null }, [string, string, number]>;
  readonly #bases: Statement<KeptRecord, [string]>;

  constructor(database: Database, chain: ImportedChain) {
    this.#chain = chain;
    const { table, hashed } = chainTables[chain.stream];
    this.#table = table;
    this.#hashed = hashed;
    this.#one = database.query("SELECT record FROM imported_row WHERE node_id = ? AND name = ? AND key = ?");
    this.#next = database.query(
      `SELECT min(CAST(key AS INTEGER)) AS seq FROM imported_row
        WHERE node_id = ? AND name = ? AND CAST(key AS INTEGER) > ?`,
    );
    this.#bases = database.query("SELECT record FROM imported_row WHERE node_id = ? AND name = 'chain_base'");
  }

  /** A page for `ChainWalk`. What follows a missing row is its last row: it shows that one is missing. */
  readonly page: RowPage = (afterSeq, limit) => {
    const rows: RowValue[][] = [];
    for (let seq = afterSeq + 1; rows.length < limit; seq += 1) {
      const row = this.#row(seq);
      if (row !== undefined) {
        rows.push(row);
        continue;
      }
      const next = this.#rowAfter(seq);
      if (next !== undefined) rows.push(next.row);
      break;
    }
    return rows;
  };

  /** Where the chain begins: at its first row, or behind what that gateway had archived before. */
  begin(): ChainBase {
    const first = this.#rowAfter(0)?.seq ?? 1;
    const start = { seq: 0, hash: chainStart };
    return first === 1 ? start : (this.#sortedBases().find(({ seq }) => seq >= first - 1) ?? start);
  }

  /** Where it goes on after rows that are missing, when that gateway had archived just them. */
  resume(missingSeq: number): ChainBase | undefined {
    const next = this.#rowAfter(missingSeq)?.seq ?? 0;
    return this.#sortedBases().find(({ seq }) => seq >= missingSeq && seq === next - 1);
  }

  #rowAfter(seq: number): { readonly seq: number; readonly row: RowValue[] } | undefined {
    const next = this.#next.get(this.#chain.nodeId, this.#table, seq)?.seq ?? undefined;
    const row = next === undefined ? undefined : this.#row(next);
    return next === undefined || row === undefined ? undefined : { seq: next, row };
  }

  #row(seq: number): RowValue[] | undefined {
    const kept = this.#one.get(this.#chain.nodeId, this.#table, String(seq));
    if (kept === null) return undefined;
    const record = recordIn(kept);
    const values = this.#hashed.map((column) => hashedValue(record[column]));
    return [...values, hashOf(record["prev_hash"]), hashOf(record["hash"])];
  }

  #sortedBases(): readonly ChainBase[] {
    const bases = this.#bases.all(this.#chain.nodeId).flatMap((kept) => {
      const { stream, seq, hash } = recordIn(kept);
      const bytes = hashOf(hash);
      return stream === this.#chain.stream && typeof seq === "number" && bytes !== null ? [{ seq, hash: bytes }] : [];
    });
    return bases.toSorted((one, other) => one.seq - other.seq);
  }
}

function recordIn({ record }: KeptRecord): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(record);
  return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
}

function hashedValue(value: unknown): string | number | null {
  return typeof value === "string" || typeof value === "number" ? value : null;
}

function hashOf(value: unknown): Uint8Array | null {
  return typeof value === "string" && /^(?:[0-9a-f]{2})+$/.test(value) ? Uint8Array.fromHex(value) : null;
}
