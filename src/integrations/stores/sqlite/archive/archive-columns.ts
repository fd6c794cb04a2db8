import type { Database, SQLQueryBindings } from "bun:sqlite";
import { GatewayError } from "#core/errors.ts";

/** A column as the schema declares it. */
export interface ArchiveColumn {
  readonly name: string;
  readonly type: string;
}

/** A record of an archive: the columns that are not null. */
export type ArchiveRecord = Readonly<Record<string, unknown>>;

/** Columns of a table in the order of the schema; none when there is no such table. */
export function columnsOf(database: Database, table: string, schema = "main"): readonly ArchiveColumn[] {
  using statement = database.prepare<ArchiveColumn, [string, string]>(
    "SELECT name, type FROM pragma_table_info(?, ?) ORDER BY cid",
  );
  return statement.all(table, schema);
}

/** A row, whole numbers as bigint, as a record of an archive. */
export function toRecord(row: Readonly<Record<string, unknown>>, columns: readonly ArchiveColumn[]): ArchiveRecord {
  const record: Record<string, unknown> = {};
  for (const { name } of columns) {
    const value = row[name];
    if (value !== null && value !== undefined) record[name] = toJson(value);
  }
  return record;
}

function toJson(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  return value instanceof Uint8Array ? value.toHex() : value;
}

/** The values of a record in the order of `columns`. Throws `invalid_request` for a value that its column cannot hold. */
export function toBindings(record: ArchiveRecord, columns: readonly ArchiveColumn[]): SQLQueryBindings[] {
  return columns.map(({ name, type }) => {
    const value = record[name];
    if (value === null || value === undefined) return null;
    const stored = toStored(value, type);
    if (stored !== undefined) return stored;
    throw new GatewayError("invalid_request", `A record of the archive has no ${type} in the column ${name}.`);
  });
}

function toStored(value: unknown, type: string): SQLQueryBindings | undefined {
  if (type === "INTEGER") return toInteger(value);
  if (type === "BLOB") return typeof value === "string" && isHex(value) ? Uint8Array.fromHex(value) : undefined;
  if (type === "REAL") return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  return typeof value === "string" ? value : undefined;
}

function toInteger(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || !/^-?\d{1,19}$/.test(value)) return undefined;
  const whole = BigInt(value);
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-f]*$/.test(text);
}
