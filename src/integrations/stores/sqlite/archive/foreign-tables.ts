import { Database } from "bun:sqlite";
import { GatewayError } from "#core/errors.ts";

/** Longest table of another program that is read at once. */
const maxRows = 1_000_000;

/** The rows of some tables of another program's database, which is only read; a table that is not there has none. Throws `invalid_request`. */
export function readForeignTables<Name extends string>(
  path: string,
  names: readonly Name[],
): Readonly<Record<Name, readonly Readonly<Record<string, unknown>>[]>> {
  let database: Database | undefined;
  try {
    database = new Database(path, { readonly: true });
    const there = new Set(
      database
        .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .all()
        .map(({ name }) => name),
    );
    const read = names.map((name) => {
      if (!there.has(name)) return [name, []] as const;
      return [
        name,
        database?.query<Record<string, unknown>, []>(`SELECT * FROM "${name}" LIMIT ${maxRows}`).all() ?? [],
      ] as const;
    });
    return Object.fromEntries(read) as Record<Name, readonly Readonly<Record<string, unknown>>[]>;
  } catch (cause) {
    throw new GatewayError("invalid_request", `${path} cannot be read as a SQLite database.`, { cause });
  } finally {
    database?.close();
  }
}
