import { join } from "node:path";
import { SqliteStores, type SqliteStoresOptions } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { systemClock, systemIds } from "#platform/effects.ts";

/** Stores on `gateway.db` in a directory, not started yet. */
export function sqliteStores(directory: string, options: Partial<SqliteStoresOptions> = {}): SqliteStores {
  return new SqliteStores({
    path: join(directory, "gateway.db"),
    ids: systemIds,
    clock: systemClock,
    ...options,
  });
}

/** Stores that are open already. */
export async function openSqliteStores(
  directory: string,
  options: Partial<SqliteStoresOptions> = {},
): Promise<SqliteStores> {
  const stores = sqliteStores(directory, options);
  await stores.start();
  return stores;
}
