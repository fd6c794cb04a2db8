import type { Database } from "bun:sqlite";
import { appendFileSync, closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Dump } from "#core/archive/archive-store.ts";
import { type ArchiveTable, archiveTables } from "#core/archive/archive-tables.ts";
import { columnsOf, toRecord } from "#integrations/stores/sqlite/archive/archive-columns.ts";
import { readOne } from "#integrations/stores/sqlite/database.ts";

/** Text gathered before it is written. */
const chunkChars = 1 << 20;

/** Writes every table of an archive to `directory` as JSON Lines, as of one moment. */
export function dumpTables(database: Database, directory: string): Dump {
  // One read transaction over all tables: whatever is written meanwhile is in none of them.
  const dump = database.transaction((): Dump => {
    const counts: Record<string, number> = {};
    for (const table of archiveTables) counts[table.name] = dumpTable(database, table, directory);
    return { counts, ...identityOf(database) };
  });
  return dump.deferred();
}

/** How many records a database has of each table of an archive, and whose they are. */
export function countTables(database: Database): Dump {
  const counts = archiveTables.map(({ name }) => {
    const counted = readOne<{ records: number }>(database, `SELECT count(*) AS records FROM "${name}"`);
    return [name, counted?.records ?? 0] as const;
  });
  return { counts: Object.fromEntries(counts), ...identityOf(database) };
}

function identityOf(database: Database): Pick<Dump, "nodeId" | "schema"> {
  return {
    nodeId: readOne<{ id: string }>(database, "SELECT id FROM node")?.id ?? "",
    schema: readOne<{ version: number }>(database, "SELECT max(version) AS version FROM migration")?.version ?? 0,
  };
}

function dumpTable(database: Database, table: ArchiveTable, directory: string): number {
  const columns = columnsOf(database, table.name);
  const names = columns.map(({ name }) => (table.held?.includes(name) === true ? `0 AS "${name}"` : `"${name}"`));
  const order = table.key.map((name) => `"${name}"`);
  using statement = database.prepare<Readonly<Record<string, unknown>>, []>(
    `SELECT ${names.join(", ")} FROM "${table.name}" ORDER BY ${order.join(", ")}`,
  );
  statement.safeIntegers(true);
  const file = openSync(join(directory, `${table.name}.jsonl`), "wx", 0o600);
  try {
    let count = 0;
    let text = "";
    for (const row of statement.iterate()) {
      text += `${JSON.stringify(toRecord(row, columns))}\n`;
      count += 1;
      if (text.length < chunkChars) continue;
      appendFileSync(file, text);
      text = "";
    }
    appendFileSync(file, text);
    return count;
  } finally {
    closeSync(file);
  }
}
