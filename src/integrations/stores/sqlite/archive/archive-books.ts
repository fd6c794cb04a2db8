import type { Database } from "bun:sqlite";
import type { LoadReport, LoadWishes } from "#core/archive/archive-store.ts";
import type { ArchiveConflict } from "#core/archive/archivist.ts";
import { addImportedTotals } from "#integrations/stores/sqlite/archive/archive-totals.ts";
import { readOne } from "#integrations/stores/sqlite/database.ts";
import { takeReported } from "#integrations/stores/sqlite/ledger/reported-events.ts";

interface NodeBooks {
  readonly node_id: string;
  readonly name: string;
}

/** Takes the books of a staged archive as closed chains of their own; rows that are here already are the same or a conflict. */
export function mergeBooks(database: Database, { nodeId }: LoadWishes): LoadReport {
  const own = readOne<{ id: string }>(database, "SELECT id FROM main.node")?.id ?? "";
  using statement = database.prepare<NodeBooks, [string]>(
    "SELECT DISTINCT node_id, name FROM staged.imported_row WHERE node_id <> ? ORDER BY node_id, name",
  );
  const counts: Record<string, number> = {};
  const conflicts: ArchiveConflict[] = [];
  for (const books of statement.all(own)) {
    const clash = firstClash(database, books);
    if (clash !== undefined) {
      const reason = "the row is here with another content";
      conflicts.push({ kind: books.name, id: `${books.node_id} ${clash}`, reason });
      continue;
    }
    const taken = takeRows(database, books, nodeId);
    if (taken > 0) counts[books.name] = (counts[books.name] ?? 0) + taken;
  }
  return { counts, conflicts, notes: notesOf(nodeId, own, counts) };
}

function firstClash(database: Database, { node_id, name }: NodeBooks): string | undefined {
  using statement = database.prepare<{ key: string }, [string, string]>(
    `SELECT s.key FROM staged.imported_row s JOIN main.imported_row m USING (node_id, name, key)
      WHERE s.node_id = ? AND s.name = ? AND s.record <> m.record LIMIT 1`,
  );
  return statement.get(node_id, name)?.key;
}

function takeRows(database: Database, { node_id, name }: NodeBooks, nodeId: string): number {
  if (name === "usage_event") {
    if (node_id === nodeId) addImportedTotals(database, lastSeq(database, node_id));
    takeReported(database, node_id);
  }
  const { changes } = database.run(
    `INSERT INTO main.imported_row (node_id, name, key, record)
     SELECT node_id, name, key, record FROM staged.imported_row WHERE node_id = ? AND name = ? ORDER BY key
     ON CONFLICT DO NOTHING`,
    [node_id, name],
  );
  return changes;
}

/** Number of the newest row of usage that came from that gateway before; what an archive adds comes after it. */
function lastSeq(database: Database, nodeId: string): number {
  using statement = database.prepare<{ seq: number | null }, [string]>(
    "SELECT max(CAST(key AS INTEGER)) AS seq FROM main.imported_row WHERE node_id = ? AND name = 'usage_event'",
  );
  return statement.get(nodeId)?.seq ?? 0;
}

function notesOf(nodeId: string, own: string, counts: Readonly<Record<string, number>>): readonly string[] {
  if (nodeId === own) return ["The books in the archive are this gateway's own: they stay as they are here."];
  if (Object.keys(counts).length === 0) return [];
  return [
    `The books of ${nodeId} are kept whole as closed chains beside the own ones: they count in totals of usage, by hour and day, and go with every export; listings of single rows leave them out.`,
  ];
}
