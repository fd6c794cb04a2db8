import type { Database } from "bun:sqlite";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { readOne } from "#integrations/stores/sqlite/database.ts";
import { selectRows, toRow, type UsageEventRecord } from "#integrations/stores/sqlite/ledger/ledger-columns.ts";
import { TransferTable } from "#integrations/stores/sqlite/ledger/transfers.ts";

const pageRows = 1_000;

/**
 * Enters what rows of usage cost that are older than double entry, in their order, as if it had been there when they
 * came: from then on each priced row has its transfer. Does nothing in books that have transfers.
 */
export function enterOlderRows(database: Database, commits: Commits, nodeId: string): void {
  if (!isOlder(database)) return;
  commits.durable(() => {
    const transfers = new TransferTable(database, nodeId);
    using priced = database.prepare<UsageEventRecord, [number, number]>(
      `${selectRows} WHERE cost_nanos <> 0 AND seq > ? ORDER BY seq LIMIT ?`,
    );
    for (let after = 0, count = pageRows; count === pageRows;) {
      const rows = priced.all(after, pageRows).map(toRow);
      transfers.post(rows);
      after = rows.at(-1)?.seq ?? after;
      count = rows.length;
    }
  })(undefined);
}

/** Priced rows are looked for only in books without a transfer: it takes a walk along all of them. */
function isOlder(database: Database): boolean {
  const transfer = "SELECT 1 FROM transfer UNION ALL SELECT 1 FROM chain_base WHERE stream = 'transfer' LIMIT 1";
  if (readOne(database, transfer) !== undefined) return false;
  return readOne(database, "SELECT 1 FROM usage_event WHERE cost_nanos <> 0 LIMIT 1") !== undefined;
}
