import type { Database } from "bun:sqlite";
import { chainStart } from "#core/ledger/chain.ts";
import type { ChainBase, Stream } from "#core/ledger/ledger-store.ts";
import { chainReaderCalls } from "#integrations/stores/sqlite/ledger/anchors.ts";

const streams: readonly Stream[] = ["usage", "transfer", "audit"];
const pageRows = 20_000;

/** Where the chains of a database's books break, in words; undefined when they are whole. Anchors are not looked at. */
export function brokenChain(database: Database): string | undefined {
  const books = chainReaderCalls(database);
  for (const stream of streams) {
    let last: ChainBase = books.chainBase(stream) ?? { seq: 0, hash: chainStart };
    for (;;) {
      const page = books.checkRows(stream, last, pageRows);
      if (page.fault !== undefined) return `row ${page.fault.seq} of ${stream} does not hold (${page.fault.reason})`;
      if (page.rows === 0) break;
      last = page.last;
    }
  }
  return undefined;
}
