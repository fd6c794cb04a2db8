import { constants, Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { GatewayError } from "#core/errors.ts";
import { prepareLocation } from "#integrations/stores/sqlite/location.ts";
import { corruptError, storageError } from "#integrations/stores/sqlite/storage-error.ts";

/** First release without the race that could corrupt a WAL while it is reset (sqlite.org/wal.html). */
const oldestSafeVersion = "3.51.3";

/** A size limit in pages of 4 KiB makes a full disk for tests; undefined in production. */
export interface WriterOptions {
  readonly path: string;
  readonly maxPageCount?: number;
}

/**
 * Opens the database for writing: WAL, every commit synced, structure checked. Throws `config_invalid` for an unusable
 * place or library, `storage_corrupt` for a damaged file, `storage_failed` otherwise.
 */
export function openWriter({ path, maxPageCount }: WriterOptions): Database {
  prepareLocation(path);
  return opening(path, () => {
    const database = new Database(path, { readwrite: true });
    try {
      refuseOldLibrary(database);
      applyWriterPragmas(database);
      if (maxPageCount !== undefined) database.run(`PRAGMA max_page_count = ${maxPageCount}`);
      refuseDamage(database, database.filename);
      return database;
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  });
}

/** Opens a database that a writer has open already, for reading only. */
export function openReader(path: string): Database {
  return opening(path, () => {
    const database = new Database(path, { readonly: true });
    database.run("PRAGMA busy_timeout = 10000");
    database.run("PRAGMA cache_size = -4096");
    return database;
  });
}

/** Opens a database for reading, beside whoever writes it or while nobody does, and leaves no trace; undefined when there is none. */
export function openUntouched(path: string): Database | undefined {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return undefined;
  if (existsSync(`${path}-wal`)) return new Database(path, { readonly: true });
  // Opened as usual one without a log would be given a log. Where there is one its index is read, and made if it is missing.
  return new Database(
    `${pathToFileURL(path).href}?immutable=1`,
    constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI,
  );
}

/** First row of a statement that runs once. Left unfinalised, it would keep the file open after `close`. */
export function readOne<Row>(database: Database, sql: string): Row | undefined {
  using statement = database.prepare<Row, []>(sql);
  return statement.get() ?? undefined;
}

function applyWriterPragmas(database: Database): void {
  // First of all, or the statements below may fail at once on a lock that is about to go.
  database.run("PRAGMA busy_timeout = 10000");
  const mode = readOne<{ journal_mode: string }>(database, "PRAGMA journal_mode = WAL");
  if (mode?.journal_mode !== "wal") {
    throw new GatewayError(
      "config_invalid",
      `SQLite cannot use write-ahead logging for ${database.filename}; put the database on a local file system.`,
    );
  }
  database.run("PRAGMA synchronous = FULL");
  // On macOS a plain fsync stops at the drive's cache; elsewhere these two change nothing.
  database.run("PRAGMA fullfsync = ON");
  database.run("PRAGMA checkpoint_fullfsync = ON");
  database.run("PRAGMA foreign_keys = ON");
  // What is erased is gone from the file too, where that costs no write of its own.
  database.run("PRAGMA secure_delete = FAST");
  // Folding the log into the file stalls one commit for some milliseconds: 16 MiB of log make that rare, and since most
  // commits touch the same few pages it hardly takes longer. A report may hold the log back; then it shrinks to 32 MiB.
  database.run("PRAGMA wal_autocheckpoint = 4000");
  database.run("PRAGMA journal_size_limit = 33554432");
  database.run("PRAGMA cache_size = -4096");
}

function refuseOldLibrary(database: Database): void {
  const version = readOne<{ version: string }>(database, "SELECT sqlite_version() AS version")?.version ?? "0";
  if (Bun.semver.order(version, oldestSafeVersion) >= 0) return;
  throw new GatewayError(
    "config_invalid",
    `SQLite ${version} can corrupt a write-ahead log; ${oldestSafeVersion} or later is needed.`,
    { details: { version } },
  );
}

/** Throws `storage_corrupt`, naming the path, for a file whose structure is damaged. */
export function refuseDamage(database: Database, path: string): void {
  const answer = readOne<{ quick_check: string }>(database, "PRAGMA quick_check(1)")?.quick_check;
  if (answer !== "ok") throw corruptError(path, answer ?? "no answer from the check");
}

function opening(path: string, open: () => Database): Database {
  try {
    return open();
  } catch (thrown) {
    throw unusableAtStart(storageError(thrown, path), path);
  }
}

/** What is trouble later is a wrong setting at start: nobody has written there yet. */
export function unusableAtStart(error: unknown, path: string): unknown {
  if (!(error instanceof GatewayError) || error.details.reason !== "readonly") return error;
  return new GatewayError(
    "config_invalid",
    `The database ${path} cannot be written by this user, or its file system is read-only.`,
    { cause: error, details: { path } },
  );
}
