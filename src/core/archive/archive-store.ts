import type { ArchiveConflict } from "#core/archive/archivist.ts";
import type { Trail } from "#core/audit/trail.ts";

/** Records of each table. */
export type TableCounts = Readonly<Record<string, number>>;

/** What a store engine wrote out: everything as of one moment. */
export interface Dump {
  readonly counts: TableCounts;
  /** Which chain the books belong to. */
  readonly nodeId: string;
  /** Number of the last step of the schema. */
  readonly schema: number;
}

/** How staged records go in. */
export interface LoadWishes {
  readonly overwrite: boolean;
  readonly dryRun: boolean;
  /** Node whose books they are; its rows are kept as those of a closed chain. */
  readonly nodeId: string;
  /** Ids of peppers in the archive and what they are called here. */
  readonly pepperIds: Readonly<Record<string, string>>;
}

/** What was taken, and what not. */
export interface LoadReport {
  readonly counts: TableCounts;
  readonly conflicts: readonly ArchiveConflict[];
  /** What else a person should know, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * What an engine does for archives. Records are JSON Lines, one file `NAME.jsonl` for each table of `archiveTables`, one
 * object a line with the columns that are not null: whole numbers beyond 2^53 as text, bytes as hexadecimal. Nothing here
 * delays a settlement but `loadRecords`, for as long as its one transaction takes. Rejects with `storage_failed`.
 */
export interface ArchiveStore {
  /** Writes the tables to `directory`, which exists, while others write. */
  writeRecords(directory: string): Promise<Dump>;
  /**
   * Takes the tables in `directory`, in one transaction with the trail, or none of them. Rejects with `invalid_request` when
   * a record is no record of its table, refers to nothing, or a chain of the books is broken.
   */
  loadRecords(directory: string, wishes: LoadWishes, trail: Trail): Promise<LoadReport>;
  /** Writes a copy of the whole database to `path`, verified: its structure, and the chains of its books. */
  copyTo(path: string): Promise<Dump>;
}
