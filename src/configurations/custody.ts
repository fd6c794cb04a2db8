import { GatewayError } from "#core/errors.ts";
import type { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { enterLeftRows, type Predecessor } from "#core/ledger/predecessor.ts";
import type { Part } from "#core/part.ts";
import { leftSpool, type SpoolFile } from "#integrations/stores/spool/spool-file.ts";
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";
import type { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { syncDirectory } from "#platform/sync-directory.ts";

/** What lies in the data directory and changes hands with it. */
export interface CustodyParts {
  readonly stores: Pick<SqliteStores, "giveAway" | "takeBack">;
  readonly spool: Pick<SpoolFile, "moveTo">;
  readonly bookkeeper: Pick<Bookkeeper, "healthy" | "record">;
}

/** Held by a process from when it gives the directory away until its end. */
const afterlifeName = "predecessor.lock";
const afterlifeSpool = "spool.handover.jsonl";

/** Throws `unavailable` while a process that has given the directory away still ends its calls: it may want to write there. */
export function refuseInAfterlife(dataDir: string): void {
  if (!new DirectoryLock(dataDir, afterlifeName).isElsewhere()) return;
  throw new GatewayError(
    "unavailable",
    `A gateway that has handed over still ends its calls on ${dataDir}; try again.`,
  );
}

/**
 * Who has the data directory. Its lock says who writes there; a second one, of whoever gave it away, that somebody still ends
 * calls beside it. Both are the kernel's and end with their process.
 */
export class Custody implements Part {
  readonly name = "custody";
  readonly #dataDir: string;
  readonly #lock: DirectoryLock;
  readonly #afterlife: DirectoryLock;

  /** `lock` is that of the directory, which this process may hold already. */
  constructor(dataDir: string, lock: DirectoryLock) {
    this.#dataDir = dataDir;
    this.#lock = lock;
    this.#afterlife = new DirectoryLock(dataDir, afterlifeName);
  }

  async start(): Promise<void> {
    this.#lock.acquire();
  }

  async stop(): Promise<void> {
    this.#lock.release();
    this.#afterlife.release();
  }

  /** Whoever had the directory before this process. */
  readonly predecessor: Predecessor = {
    isAlive: () => this.#afterlife.isElsewhere(),
    rows: () => leftSpool(this.#dataDir, afterlifeSpool, syncDirectory).rows(),
    forget: () => leftSpool(this.#dataDir, afterlifeSpool, syncDirectory).forget(),
  };

  /** Throws `unavailable` in words where the directory cannot be given away now. */
  refuseIfBusy({ bookkeeper }: Pick<CustodyParts, "bookkeeper">): void {
    if (!bookkeeper.healthy()) throw new GatewayError("unavailable", "The ledger cannot be written now; try again.");
    if (!this.predecessor.isAlive()) return;
    throw new GatewayError(
      "unavailable",
      "The gateway has just taken over itself, and the one before it still ends its calls; try again when it has.",
    );
  }

  /**
   * Gives the directory away: from then on what is asked of the stores waits until they are entrusted to somebody, and rows that those
   * do not take go to a spool of their own. Rejects with `unavailable` or `storage_failed`; then the directory is here as before.
   */
  async giveAway(parts: CustodyParts): Promise<void> {
    const { stores, spool } = parts;
    this.refuseIfBusy(parts);
    this.#afterlife.acquire(0);
    try {
      await stores.giveAway();
      try {
        // What a batch under way left in the spool is to be brought into the books by this process.
        this.refuseIfBusy(parts);
        await spool.moveTo(afterlifeSpool);
      } catch (error) {
        await stores.takeBack();
        throw error;
      }
    } catch (error) {
      this.#afterlife.release();
      throw error;
    }
    this.#lock.release();
  }

  /** The reverse, when whoever had it since is gone: rejects with `unavailable` while it is not, or as the stores cannot be opened. */
  async takeBack({ stores, bookkeeper }: CustodyParts): Promise<void> {
    this.#lock.acquire(0);
    try {
      await stores.takeBack();
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    this.#afterlife.release();
    await enterLeftRows(leftSpool(this.#dataDir, "spool.jsonl", syncDirectory), (row) => bookkeeper.record(row));
  }
}
