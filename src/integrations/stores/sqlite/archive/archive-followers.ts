import type { Database } from "bun:sqlite";
import { type Row, textOf } from "#integrations/stores/sqlite/archive/archive-merge-table.ts";

/** Brings what other tables keep of a record in line, before the record `local` becomes `row`. */
export function alignFollowers(database: Database, table: string, row: Row, local: Row): void {
  if (table === "api_key") alignKey(database, row, local);
  if (table === "budget") alignBudget(database, row);
}

function alignKey(database: Database, row: Row, local: Row): void {
  // Its labels follow in a table of their own.
  database.run("DELETE FROM main.key_label WHERE key_id = ?", [local.id ?? null]);
  const [before, after] = [local.token_hash ?? null, row.token_hash ?? null];
  if (textOf(before) === textOf(after)) return;
  database.run("UPDATE main.token_metadata SET token_hash = ? WHERE token_hash = ?", [after, before]);
}

/** Windows keep the limit that holds in them, and what is known to have gone beyond it. */
function alignBudget(database: Database, row: Row): void {
  const { mode = null, limit_nanos: limit = null, id = null } = row;
  database.run(
    `UPDATE main.budget_period SET mode = ?1, limit_nanos = ?2,
       overrun_nanos = iif(?1 = 'hard', max(overrun_nanos, spent_nanos + reserved_nanos - ?2), overrun_nanos)
     WHERE budget_id = ?3`,
    [mode, limit, id],
  );
}
