import type { Database } from "bun:sqlite";
import type { Dump } from "#core/archive/archive-store.ts";
import type { BalanceFault } from "#core/evidence/chain-check.ts";
import { copyDatabase, verifyOwnCopy } from "#integrations/stores/sqlite/archive/archive-copy.ts";
import { dumpTables } from "#integrations/stores/sqlite/archive/archive-dump.ts";
import { stageTables, type StageWishes } from "#integrations/stores/sqlite/archive/archive-stage.ts";
import { openReader } from "#integrations/stores/sqlite/database.ts";
import { checkBalance } from "#integrations/stores/sqlite/ledger/balance.ts";

/** What a thread answers that works on whole databases, beside the one that writes and the one that reports. */
export type ArchiveCalls = {
  /** Writes the tables of the database at `path` to a directory. */
  readonly dump: (path: string, directory: string) => Dump;
  /** Copies the database at `path` and verifies the copy. */
  readonly copy: (path: string, target: string) => Dump;
  /** Fills a database at `path` with the tables in a directory. */
  readonly stage: (path: string, directory: string, wishes: StageWishes, nowMs: number) => void;
  /** Brings the database at `path`, which nobody else has, up to date and verifies it. */
  readonly verify: (path: string, nowMs: number) => Dump;
  /** Whether the money in the database at `path` agrees, as of one moment. */
  readonly balance: (path: string) => BalanceFault | undefined;
  readonly close: () => void;
};

/** The calls; each opens what it needs and closes it again. */
export const archiveCalls: ArchiveCalls = {
  dump: (path, directory) => reading(path, (database) => dumpTables(database, directory)),
  copy: copyDatabase,
  stage: stageTables,
  verify: verifyOwnCopy,
  balance: (path) => reading(path, checkBalance),
  close: () => undefined,
};

function reading<Answer>(path: string, read: (database: Database) => Answer): Answer {
  using database = openReader(path);
  return read(database);
}
