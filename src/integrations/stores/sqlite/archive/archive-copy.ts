import { rmSync } from "node:fs";
import { Database } from "bun:sqlite";
import type { Dump } from "#core/archive/archive-store.ts";
import { countTables } from "#integrations/stores/sqlite/archive/archive-dump.ts";
import { brokenChain } from "#integrations/stores/sqlite/archive/books-check.ts";
import { openReader, readOne } from "#integrations/stores/sqlite/database.ts";
import { corruptError } from "#integrations/stores/sqlite/storage-error.ts";

/**
 * Copies a database that others write to a new file, as of one moment, and verifies it. `VACUUM INTO` reads in one
 * transaction of a connection of its own, so that nobody waits for it. The copy is on its way elsewhere and not synced:
 * so much to sync at once would hold up whoever commits on the same disk.
 */
export function copyDatabase(path: string, target: string): Dump {
  rmSync(target, { force: true });
  const source = openReader(path);
  try {
    // Of what it writes into; the database itself is only read.
    source.run("PRAGMA synchronous = OFF");
    source.query("VACUUM INTO ?").run(target);
  } finally {
    source.close();
  }
  return verifyDatabase(target);
}

/** Throws `storage_corrupt` when the structure of the file or the chains of its books are not whole. */
export function verifyDatabase(path: string): Dump {
  const database = new Database(path, { readonly: true });
  try {
    const answer = readOne<{ quick_check: string }>(database, "PRAGMA quick_check(1)")?.quick_check;
    if (answer !== "ok") throw corruptError(path, answer ?? "no answer from the check");
    const fault = brokenChain(database);
    if (fault !== undefined) throw corruptError(path, fault);
    return countTables(database);
  } finally {
    database.close();
  }
}
