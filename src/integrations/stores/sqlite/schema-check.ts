import { existsSync } from "node:fs";
import { openReader } from "#integrations/stores/sqlite/database.ts";
import { refuseUnknownSteps } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";

/**
 * Reads whether this version could open the database, which another process may have open; changes nothing. Throws
 * `config_invalid` when it is newer, `storage_failed` when it cannot be read.
 */
export function checkSchema(path: string): void {
  if (!existsSync(path)) return;
  const database = openReader(path);
  try {
    refuseUnknownSteps(database, migrations);
  } finally {
    database.close();
  }
}
