import type { Database } from "bun:sqlite";
import { openUntouched, readOne } from "#integrations/stores/sqlite/database.ts";
import { refuseUnknownSteps } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";
import { storageError } from "#integrations/stores/sqlite/storage-error.ts";

/** The last step of the schema that is applied, 0 for none; throws `config_invalid` as `refuseUnknownSteps` does. */
export function appliedSchema(database: Database): number {
  const isMade = readOne(database, "SELECT 1 FROM sqlite_schema WHERE name = 'migration'") !== undefined;
  if (!isMade) return 0;
  refuseUnknownSteps(database, migrations);
  return readOne<{ version: number | null }>(database, "SELECT max(version) AS version FROM migration")?.version ?? 0;
}

/**
 * The same of the database at a path, which leaves no trace; undefined when there is none. Throws `storage_corrupt` or
 * `storage_failed` too.
 */
export function schemaAt(path: string): number | undefined {
  try {
    using database = openUntouched(path);
    return database === undefined ? undefined : appliedSchema(database);
  } catch (thrown) {
    throw storageError(thrown, path);
  }
}
