import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";
import type { ArchiveTable } from "#core/archive/archive-tables.ts";
import { columnsOf } from "#integrations/stores/sqlite/archive/archive-columns.ts";

/** A row by its columns, whole numbers as bigint. */
export type Row = Readonly<Record<string, SQLQueryBindings>>;

/** One table of the gateway and the same of the staged archive, while they are merged. */
export class MergeTable {
  readonly table: ArchiveTable;
  readonly #compared: readonly string[];
  readonly #inserted: readonly string[];
  readonly #staged: Statement<Row, []>;
  readonly #byKey: Statement<Row, SQLQueryBindings[]>;
  readonly #byNatural: Statement<Row, SQLQueryBindings[]> | undefined;
  readonly #insert: Statement<unknown, SQLQueryBindings[]>;
  readonly #replace: Statement<unknown, SQLQueryBindings[]> | undefined;

  constructor(database: Database, table: ArchiveTable) {
    this.table = table;
    const names = columnsOf(database, table.name).map(({ name }) => name);
    this.#inserted = names;
    this.#compared = names.filter((name) => !table.key.includes(name) && table.moving?.includes(name) !== true);
    const prepare = (sql: string): Statement<Row, SQLQueryBindings[]> => {
      const statement = database.prepare<Row, SQLQueryBindings[]>(sql);
      statement.safeIntegers(true);
      return statement;
    };
    this.#staged = prepare(`SELECT * FROM staged."${table.name}" ORDER BY ${quoted(table.key).join(", ")}`);
    this.#byKey = prepare(`SELECT * FROM main."${table.name}" WHERE ${equal(table.key)}`);
    this.#byNatural =
      table.natural && prepare(`SELECT * FROM main."${table.name}" WHERE ${equal(table.natural)} LIMIT 1`);
    this.#insert = prepare(
      `INSERT INTO main."${table.name}" (${quoted(names).join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    );
    if (this.#compared.length === 0) return;
    const set = quoted(this.#compared).map((name) => `${name} = ?`);
    this.#replace = prepare(`UPDATE main."${table.name}" SET ${set.join(", ")} WHERE ${equal(table.key)}`);
  }

  /** The rows of the archive. */
  staged(): readonly Row[] {
    return this.#staged.all();
  }

  /** The record of this gateway with the same key. */
  withKey(row: Row): Row | undefined {
    return this.#byKey.get(...values(row, this.table.key)) ?? undefined;
  }

  /** The record of this gateway that people know by the same name. */
  withNatural(row: Row): Row | undefined {
    return this.#byNatural?.get(...values(row, this.table.natural ?? [])) ?? undefined;
  }

  /** Whether both say the same, but for what moves on while a gateway runs. */
  same(one: Row, other: Row): boolean {
    return this.#compared.every((name) => equalValues(one[name] ?? null, other[name] ?? null));
  }

  insert(row: Row): void {
    this.#insert.run(...values(row, this.#inserted));
  }

  /** Puts what is compared in the place of what the record with the same key says. */
  replace(row: Row): void {
    this.#replace?.run(...values(row, this.#compared), ...values(row, this.table.key));
  }

  /** The key in one word. */
  idOf(row: Row): string {
    return this.table.key.map((name) => textOf(row[name])).join(" ");
  }

  close(): void {
    for (const statement of [this.#staged, this.#byKey, this.#byNatural, this.#insert, this.#replace]) {
      statement?.finalize();
    }
  }
}

/** A value as one word: bytes as hexadecimal. */
export function textOf(value: SQLQueryBindings | undefined): string {
  return value instanceof Uint8Array ? value.toHex() : String(value);
}

function equalValues(one: SQLQueryBindings, other: SQLQueryBindings): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return one.toHex() === other.toHex();
  return one === other;
}

function values(row: Row, names: readonly string[]): SQLQueryBindings[] {
  return names.map((name) => row[name] ?? null);
}

function quoted(names: readonly string[]): readonly string[] {
  return names.map((name) => `"${name}"`);
}

function equal(names: readonly string[]): string {
  return quoted(names)
    .map((name) => `${name} = ?`)
    .join(" AND ");
}
