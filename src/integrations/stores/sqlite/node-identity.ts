import type { Database } from "bun:sqlite";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { readOne } from "#integrations/stores/sqlite/database.ts";

/** The id of this database in the ledger's chain: `candidate` on the first run, ever after what was taken then. */
export function settledNodeId(database: Database, commits: Commits, candidate: string, nowMs: number): string {
  const settle = commits.durable((id: string) => {
    database.run("INSERT INTO node (only_row, id, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING", [id, nowMs]);
    return readOne<{ id: string }>(database, "SELECT id FROM node")?.id ?? id;
  });
  return settle(candidate);
}
