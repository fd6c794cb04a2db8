import type { Database } from "bun:sqlite";
import { checkPageRows } from "#core/evidence/verify.ts";
import { chainStart } from "#core/ledger/chain.ts";
import { type ChainBase, type Stream, streams } from "#core/evidence/stream.ts";
import { chainReaderCalls } from "#integrations/stores/sqlite/ledger/anchors.ts";
import { chainTables } from "#integrations/stores/sqlite/ledger/chain-tables.ts";

/**
 * Where the chains of a database's books break, in words; undefined when they are whole. With `newestRows` only so many at the
 * end of each chain are looked at. Anchors are not.
 */
export function brokenChain(database: Database, newestRows?: number): string | undefined {
  const books = chainReaderCalls(database);
  for (const stream of streams) {
    const before = newestRows === undefined ? undefined : rowBefore(database, stream, newestRows);
    let last: ChainBase = before ?? books.chainBase(stream) ?? { seq: 0, hash: chainStart };
    for (;;) {
      const page = books.checkRows(stream, last, checkPageRows);
      if (page.fault !== undefined) return `row ${page.fault.seq} of ${stream} does not hold (${page.fault.reason})`;
      if (page.rows === 0) break;
      last = page.last;
    }
  }
  return undefined;
}

/** The row before the newest ones; undefined where there are no more than those. */
function rowBefore(database: Database, stream: Stream, newestRows: number): ChainBase | undefined {
  const { table } = chainTables[stream];
  const before = database.query<ChainBase, [number]>(
    `SELECT seq, hash FROM ${table} ORDER BY seq DESC LIMIT 1 OFFSET ?`,
  );
  return before.get(newestRows) ?? undefined;
}
