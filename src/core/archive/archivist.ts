import type { Trail } from "#core/audit/trail.ts";

/** Whether what is secret lies in a file encrypted, or not at all. */
export type SecretsKept = "encrypted" | "absent";

/** A file that was written: whole, synced, readable by its owner alone. */
export interface ArchiveReceipt {
  readonly path: string;
  readonly bytes: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  /** Records of each table. */
  readonly counts: Readonly<Record<string, number>>;
  readonly secrets: SecretsKept;
}

/** Something that an import found taken, or could not take as it was. */
export interface ArchiveConflict {
  /** Name of the table. */
  readonly kind: string;
  readonly id: string;
  readonly reason: string;
}

/** What an import does beside taking what is not there. */
export interface ImportWishes {
  readonly passphrase?: string;
  /** What is here and says something else is replaced; without it, it stays. */
  readonly overwrite: boolean;
  /** Everything is looked at and nothing changed. */
  readonly dryRun: boolean;
}

/** What an import did, or would do. */
export interface ImportReport {
  /** Records of each table that were taken. */
  readonly counts: Readonly<Record<string, number>>;
  readonly conflicts: readonly ArchiveConflict[];
  /** What else a person should know, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Moves what a gateway knows into files and back. Paths are absolute and of the machine of the gateway. Rejects with
 * `invalid_request` (`details.field` where a field is to blame) for a file that cannot be taken or written, `storage_failed`
 * when the disk does not go along; then nothing has changed.
 */
export interface Archivist {
  /** Users, teams, keys, budgets, prices and books, engine neutral. */
  exportTo(path: string, passphrase: string | undefined): Promise<ArchiveReceipt>;
  importFrom(path: string, wishes: ImportWishes, trail: Trail): Promise<ImportReport>;
  /** The whole data directory as of one moment, while serving. */
  backupTo(path: string, passphrase: string | undefined): Promise<ArchiveReceipt>;
}
