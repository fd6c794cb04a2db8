import { rmSync } from "node:fs";
import { Database } from "bun:sqlite";
import type { Dump } from "#core/archive/archive-store.ts";
import { countTables } from "#integrations/stores/sqlite/archive/archive-dump.ts";
import { brokenChain } from "#integrations/stores/sqlite/archive/books-check.ts";
import { openReader, refuseDamage } from "#integrations/stores/sqlite/database.ts";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";
import { corruptError } from "#integrations/stores/sqlite/storage-error.ts";

/**
 * Copies a database that others write to a new file, as of one moment, and verifies it. `VACUUM INTO` reads in one
 * transaction of a connection of its own, so that nobody waits for it. The copy is on its way elsewhere and not synced:
 * so much to sync at once would hold up whoever commits on the same disk.
 */
export function copyDatabase(path: string, target: string): Dump {
  rmSync(target, { force: true });
  {
    using source = openReader(path);
    // Of what it writes into; the database itself is only read.
    source.run("PRAGMA synchronous = OFF");
    source.query("VACUUM INTO ?").run(target);
  }
  using copy = new Database(target, { readonly: true });
  refuseDamage(copy, target);
  return countWhole(copy, target);
}

/**
 * Verifies a copy that nobody else has, brought up to date first where an older program made it: books are read with the
 * columns of today. Throws `config_invalid` for a newer one, `storage_corrupt` for one that is not whole.
 */
export function verifyOwnCopy(path: string, nowMs: number): Dump {
  using copy = new Database(path, { readwrite: true });
  refuseDamage(copy, path);
  migrate(copy, migrations, nowMs);
  return countWhole(copy, path);
}

function countWhole(database: Database, path: string): Dump {
  const fault = brokenChain(database);
  if (fault !== undefined) throw corruptError(path, fault);
  return countTables(database);
}
