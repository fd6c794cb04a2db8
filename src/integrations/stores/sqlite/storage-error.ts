import { SQLiteError } from "bun:sqlite";
import { GatewayError } from "#core/errors.ts";

/**
 * Why storage failed, as `details.reason`: `full`, `readonly` and `busy` wrote nothing and may pass; after `io` nobody
 * knows what reached the disk until a restart.
 */
export type StorageReason = "full" | "io" | "busy" | "readonly";

const sentences: Readonly<Record<StorageReason, string>> = {
  full: "the disk is full",
  io: "the disk reported an error",
  busy: "the database is locked by another process",
  readonly: "the database cannot be written",
};

/**
 * Turns what SQLite threw into `storage_failed` or `storage_corrupt`, naming the file. A row that breaks a rule of the
 * schema is `internal`, since storage is well; anything else stays as it is.
 */
export function storageError(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof SQLiteError)) return thrown;
  const code = thrown.code ?? "";
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") return corruptError(path, thrown.message, thrown);
  if (code.startsWith("SQLITE_CONSTRAINT")) return new GatewayError("internal", thrown.message, { cause: thrown });
  const reason = reasonOf(code);
  if (reason === undefined) return thrown;
  return new GatewayError("storage_failed", `Storage failed: ${sentences[reason]} (${path}).`, {
    cause: thrown,
    details: { reason, sqlite: code },
  });
}

/** `storage_corrupt`, saying which file is damaged, how, and what to do. */
export function corruptError(path: string, problem: string, cause?: unknown): GatewayError {
  return new GatewayError(
    "storage_corrupt",
    `The database ${path} is damaged: ${problem}. Restore a backup in its place; without one, move the file and its -wal aside (keep them, rows may be recovered) and start anew.`,
    { cause, details: { path } },
  );
}

function reasonOf(code: string): StorageReason | undefined {
  // Growing the shared memory file is what fails first on some full disks.
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE") return "full";
  if (code.startsWith("SQLITE_IOERR")) return "io";
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) return "busy";
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN") || code === "SQLITE_PERM")
    return "readonly";
  return undefined;
}
