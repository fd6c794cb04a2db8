import { rmSync } from "node:fs";
import { join } from "node:path";
import type { ArchiveStore, Dump, LoadReport, LoadWishes } from "#core/archive/archive-store.ts";
import type { Trail } from "#core/audit/trail.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { BalanceFault } from "#core/evidence/chain-check.ts";
import type { ArchiveCalls } from "#integrations/stores/sqlite/archive/archive-calls.ts";
import type { MergeInput } from "#integrations/stores/sqlite/archive/archive-merge.ts";
import type { OpeningCalls } from "#integrations/stores/sqlite/worker-calls.ts";
import { WorkerClient } from "#integrations/stores/sqlite/worker-client.ts";

/** What whole copies are made with. */
export interface SqliteArchiveParts {
  /** The database file. */
  readonly path: string;
  readonly clock: Pick<Clock, "now">;
  /** Asks the writing thread. */
  readonly merge: (input: MergeInput) => Promise<LoadReport>;
}

/** Whole copies of a database, each made in a thread of its own that ends with it, so that neither rows nor reports wait. */
export class SqliteArchive implements ArchiveStore {
  readonly #parts: SqliteArchiveParts;

  constructor(parts: SqliteArchiveParts) {
    this.#parts = parts;
  }

  writeRecords(directory: string): Promise<Dump> {
    return inThread((thread) => thread.call("dump", this.#parts.path, directory));
  }

  copyTo(path: string): Promise<Dump> {
    return inThread((thread) => thread.call("copy", this.#parts.path, path));
  }

  async loadRecords(directory: string, wishes: LoadWishes, trail: Trail): Promise<LoadReport> {
    const { clock, merge } = this.#parts;
    const path = join(directory, "staged.db");
    const { nodeId, pepperIds } = wishes;
    try {
      await inThread((thread) => thread.call("stage", path, directory, { nodeId, pepperIds }, clock.now()));
      return await merge({ path, wishes, trail });
    } finally {
      rmSync(path, { force: true });
    }
  }
}

/**
 * Brings a database that nobody else has up to date, and verifies its structure and the chains of its books. Rejects with
 * `storage_corrupt`.
 */
export function verifyCopy(path: string, nowMs: number): Promise<Dump> {
  return inThread((thread) => thread.call("verify", path, nowMs));
}

/** Whether the money in a database that others write agrees: no report waits for it, however many rows there are. */
export function verifyBalance(path: string): Promise<BalanceFault | undefined> {
  return inThread((thread) => thread.call("balance", path));
}

async function inThread<Answer>(
  work: (thread: WorkerClient<OpeningCalls & ArchiveCalls>) => Promise<Answer>,
): Promise<Answer> {
  const thread = new WorkerClient<OpeningCalls & ArchiveCalls>(() => undefined);
  try {
    await thread.call("openArchive");
    return await work(thread);
  } finally {
    thread.terminate();
  }
}
