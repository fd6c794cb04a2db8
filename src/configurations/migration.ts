import { stopParts } from "#core/part.ts";
import { startCommandBooks } from "#configurations/books.ts";
import { commandHost } from "#configurations/host.ts";
import { schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
import { schemaAt } from "#integrations/stores/sqlite/schema-check.ts";
import { type LoadedSettings, refuseOtherDatabase } from "#settings/load.ts";

/** How far a database is. */
export interface SchemaState {
  readonly path: string;
  /** The last step that is applied, 0 for none; undefined while there is no database. */
  readonly applied: number | undefined;
  /** The last step that this program knows, which it works with. */
  readonly known: number;
}

/** Looks at the database of a configuration and leaves no trace. Throws `config_invalid` when a newer program wrote it, or where it is none of ours. */
export function schemaState(loaded: LoadedSettings): SchemaState {
  refuseOtherDatabase(loaded);
  const { path } = loaded.settings.database;
  return { path, applied: schemaAt(path), known: schemaVersion };
}

/** Brings the database up to date as every start does. Rejects with `unavailable` while somebody else works on the data directory. */
export async function migrateStore(loaded: LoadedSettings): Promise<void> {
  const books = await startCommandBooks(loaded, commandHost(loaded.settings));
  await stopParts(books.commandParts);
}
