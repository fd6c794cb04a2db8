import { existsSync } from "node:fs";
import { join } from "node:path";
import { Database, SQLiteError, type Statement } from "bun:sqlite";
import { archiveTables, bookTables, type ArchiveTable } from "#core/archive/archive-tables.ts";
import type { LoadWishes } from "#core/archive/archive-store.ts";
import { GatewayError } from "#core/errors.ts";
import {
  type ArchiveColumn,
  type ArchiveRecord,
  columnsOf,
  toBindings,
} from "#integrations/stores/sqlite/archive/archive-columns.ts";
import { brokenChain } from "#integrations/stores/sqlite/archive/books-check.ts";
import { linesOf } from "#integrations/stores/sqlite/archive/json-lines.ts";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";

/** What staging has to know of an import. */
export type StageWishes = Pick<LoadWishes, "nodeId" | "pepperIds">;

/**
 * Fills a database of its own at `path` with the tables in `directory`: whatever the schema refuses, a reference to nothing
 * or a broken chain shows here, before anything of the gateway is touched. Throws `invalid_request`.
 */
export function stageTables(path: string, directory: string, wishes: StageWishes, nowMs: number): void {
  const database = new Database(path, { create: true, readwrite: true });
  try {
    // Nobody else reads it, and after a crash it is made anew.
    database.run("PRAGMA journal_mode = OFF");
    database.run("PRAGMA synchronous = OFF");
    database.run("PRAGMA foreign_keys = ON");
    migrate(database, migrations, nowMs);
    database.transaction(() => {
      database.run("INSERT INTO node (only_row, id, created_at) VALUES (1, ?, ?)", [wishes.nodeId, nowMs]);
      for (const table of archiveTables) stageTable(database, table, directory, wishes);
    })();
    const fault = brokenChain(database);
    if (fault !== undefined) throw new GatewayError("invalid_request", `The archive's books do not hold: ${fault}.`);
  } catch (thrown) {
    throw thrown instanceof SQLiteError ? refusal(thrown) : thrown;
  } finally {
    database.close();
  }
}

function stageTable(database: Database, table: ArchiveTable, directory: string, wishes: StageWishes): void {
  const path = join(directory, `${table.name}.jsonl`);
  if (!existsSync(path)) return;
  const columns = columnsOf(database, table.name);
  const known = new Set(columns.map(({ name }) => name));
  using insert = new RecordInsert(database, table.name, columns);
  using keep = database.prepare("INSERT INTO imported_row (node_id, name, key, record) VALUES (?, ?, ?, ?)");
  const closed = bookTables.includes(table);
  for (const line of linesOf(path)) {
    const record = withPepper(readRecord(line, table.name, known), wishes.pepperIds);
    insert.run(record);
    if (closed) keepLine(keep, table, record, line, wishes.nodeId);
  }
}

/** Inserts records; what one does not say is left to the schema, so that older archives get what was added since. */
class RecordInsert implements Disposable {
  readonly #database: Database;
  readonly #table: string;
  readonly #columns: readonly ArchiveColumn[];
  readonly #statements = new Map<string, Statement>();

  constructor(database: Database, table: string, columns: readonly ArchiveColumn[]) {
    this.#database = database;
    this.#table = table;
    this.#columns = columns;
  }

  run(record: ArchiveRecord): void {
    const said = this.#columns.filter(({ name }) => record[name] !== undefined && record[name] !== null);
    const names = said.map(({ name }) => `"${name}"`).join(", ");
    const marks = said.map(() => "?").join(", ");
    const known = this.#statements.get(names);
    const statement = known ?? this.#database.prepare(`INSERT INTO "${this.#table}" (${names}) VALUES (${marks})`);
    if (known === undefined) this.#statements.set(names, statement);
    statement.run(...toBindings(record, said));
  }

  [Symbol.dispose](): void {
    for (const statement of this.#statements.values()) statement.finalize();
  }
}

function keepLine(keep: Statement, table: ArchiveTable, record: ArchiveRecord, line: string, nodeId: string): void {
  keep.run(nodeId, table.name, table.key.map((name) => String(record[name])).join(" "), line);
}

function readRecord(line: string, table: string, known: ReadonlySet<string>): ArchiveRecord {
  const parsed = parseLine(line);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new GatewayError("invalid_request", `The archive holds a line in ${table} that is no record.`);
  }
  const unknown = Object.keys(parsed).find((name) => !known.has(name));
  if (unknown === undefined) return { ...parsed };
  throw new GatewayError("invalid_request", `The archive holds a field that ${table} does not have: ${unknown}.`);
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Digests name the pepper they were made with; another gateway may call another pepper the same. */
function withPepper(record: ArchiveRecord, pepperIds: StageWishes["pepperIds"]): ArchiveRecord {
  const id = record.pepper_id;
  if (typeof id !== "string") return record;
  return { ...record, pepper_id: pepperIds[id] ?? `unknown-${id}` };
}

function refusal(cause: SQLiteError): GatewayError {
  if (cause.code?.startsWith("SQLITE_CONSTRAINT") === true || cause.code === "SQLITE_ERROR") {
    return new GatewayError("invalid_request", `The archive holds a record that cannot be: ${cause.message}.`, {
      cause,
    });
  }
  if (cause.code?.startsWith("SQLITE_FULL") === true) {
    return new GatewayError("storage_failed", "There is no room to look at the archive.", {
      cause,
      details: { reason: "full" },
    });
  }
  return new GatewayError("storage_failed", "The archive could not be looked at.", {
    cause,
    details: { reason: "io" },
  });
}
