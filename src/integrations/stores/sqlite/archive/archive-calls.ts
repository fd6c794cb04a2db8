import type { Dump } from "#core/archive/archive-store.ts";
import { copyDatabase, verifyDatabase } from "#integrations/stores/sqlite/archive/archive-copy.ts";
import { dumpTables } from "#integrations/stores/sqlite/archive/archive-dump.ts";
import { stageTables, type StageWishes } from "#integrations/stores/sqlite/archive/archive-stage.ts";
import { openReader } from "#integrations/stores/sqlite/database.ts";

/** What a thread answers that works on whole databases, beside the one that writes and the one that reports. */
export type ArchiveCalls = {
  /** Writes the tables of the database at `path` to a directory. */
  readonly dump: (path: string, directory: string) => Dump;
  /** Copies the database at `path` and verifies the copy. */
  readonly copy: (path: string, target: string) => Dump;
  /** Fills a database at `path` with the tables in a directory. */
  readonly stage: (path: string, directory: string, wishes: StageWishes, nowMs: number) => void;
  /** Verifies the database at `path`. */
  readonly verify: (path: string) => Dump;
  readonly close: () => void;
};

/** The calls; each opens what it needs and closes it again. */
export const archiveCalls: ArchiveCalls = {
  dump(path, directory) {
    const database = openReader(path);
    try {
      return dumpTables(database, directory);
    } finally {
      database.close();
    }
  },
  copy: copyDatabase,
  stage: stageTables,
  verify: verifyDatabase,
  close: () => undefined,
};
