import type { Database } from "bun:sqlite";
import { CanonicalBytes } from "#core/ledger/canonical-bytes.ts";
import type { ChainCheck } from "#core/evidence/chain-check.ts";
import type { ChainBase, Stream } from "#core/evidence/stream.ts";
import { type ChainTable, chainTables, exactNanos } from "#integrations/stores/sqlite/ledger/chain-tables.ts";

/** A value of a row as it is read. */
export type RowValue = string | number | null | Uint8Array;
/** Asks for rows of a chain after one of them: the values of its hashed columns, the hash before and its own. */
export type RowPage = (afterSeq: number, limit: number) => readonly RowValue[][];
type Fault = NonNullable<ChainCheck["fault"]>;

/** Rows read at once: enough that a question costs nothing, few enough that they cost no memory. */
const rowsAtOnce = 1_000;
const hashBytes = 32;

/**
 * Checks rows of one chain as they lie in the database, without making entries of them: of the own books several hundred
 * thousand a second. What it hashes is what `RowEncoder` and its siblings hash.
 */
export class ChainWalk {
  readonly #table: ChainTable;
  readonly #page: RowPage;
  readonly #nodeId: string | undefined;
  /** How the value of each column is hashed. */
  readonly #kinds: readonly ("as it is" | "integer" | "flag")[];
  readonly #seqAt: number;
  readonly #nodeAt: number;
  readonly #canonical = new CanonicalBytes();
  // Used again for every row, which `digest` allows; it wants 64 bytes of room for whatever hash.
  readonly #hasher = new Bun.CryptoHasher("sha256");
  readonly #hash = new Uint8Array(64);

  constructor(stream: Stream, nodeId: string | undefined, page: RowPage) {
    this.#table = chainTables[stream];
    const { hashed } = this.#table;
    this.#kinds = hashed.map((column) => {
      if (column === "stream") return "flag";
      return column.endsWith("_nanos") ? "integer" : "as it is";
    });
    this.#seqAt = hashed.indexOf("seq");
    this.#nodeAt = hashed.indexOf("node_id");
    this.#nodeId = nodeId;
    this.#page = page;
  }

  /** Walks along at most `limit` rows after `after`, up to the first that does not hold. */
  check(after: ChainBase, limit: number): Omit<ChainCheck, "anchors"> {
    let last = after;
    for (let left = limit; left > 0;) {
      const rows = this.#page(last.seq, Math.min(left, rowsAtOnce));
      for (const row of rows) {
        const fault = this.#fault(row, last);
        if (fault !== undefined) return { rows: last.seq - after.seq, last, fault };
        last = { seq: last.seq + 1, hash: row[row.length - 1] as Uint8Array };
      }
      if (rows.length < rowsAtOnce) break;
      left -= rows.length;
    }
    return { rows: last.seq - after.seq, last };
  }

  #fault(row: RowValue[], last: ChainBase): Fault | undefined {
    const seq = last.seq + 1;
    if (row[this.#seqAt] !== seq) return { seq, reason: "gap" };
    if (this.#nodeAt >= 0 && row[this.#nodeAt] !== this.#nodeId) return { seq, reason: "foreign_node" };
    if (!isHash(row[row.length - 2], last.hash)) return { seq, reason: "broken_link" };
    this.#hashRow(row, last.hash);
    return isHash(row[row.length - 1], this.#hash) ? undefined : { seq, reason: "altered" };
  }

  #hashRow(row: RowValue[], previous: Uint8Array): void {
    const canonical = this.#canonical;
    canonical.clear();
    let count = this.#table.hashed.length;
    while (count > this.#table.always && row[count - 1] === null) count -= 1;
    for (let index = 0; index < count; index += 1) {
      const value = row[index] as string | number | null;
      const kind = this.#kinds[index];
      if (value === null) canonical.write(undefined);
      else if (kind === "as it is") canonical.write(value);
      else canonical.write(kind === "integer" ? BigInt(value) : value === 1);
    }
    this.#hasher.update(previous);
    this.#hasher.update(canonical.bytes());
    this.#hasher.digest(this.#hash);
  }
}

/** The rows of the own chain. */
export function ownRows(database: Database, stream: Stream): RowPage {
  const { table, hashed } = chainTables[stream];
  const read = hashed.map((column) => (column.endsWith("_nanos") ? exactNanos(column) : column));
  const page = database.query<unknown, [number, number]>(
    `SELECT ${read.join(", ")}, prev_hash, hash FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  return (afterSeq, limit) => page.values(afterSeq, limit) as RowValue[][];
}

/** No secret is compared here, so the first difference may end it. */
function isHash(value: RowValue | undefined, hash: Uint8Array): boolean {
  if (!(value instanceof Uint8Array)) return false;
  for (let index = 0; index < hashBytes; index += 1) if (value[index] !== hash[index]) return false;
  return true;
}
