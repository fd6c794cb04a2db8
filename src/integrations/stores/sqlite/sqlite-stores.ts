import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Ids } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { verifyRows } from "#core/ledger/chain.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import type { Part } from "#core/part.ts";
import { encodeBatch } from "#integrations/stores/entry-text.ts";
import { corruptError } from "#integrations/stores/sqlite/storage-error.ts";
import type { OpeningCalls, ReaderCalls, WriterCalls } from "#integrations/stores/sqlite/worker-calls.ts";
import { WorkerClient } from "#integrations/stores/sqlite/worker-client.ts";

/** Newest rows whose chain is verified at every start; the whole chain is for `ledger verify`. */
const verifiedTail = 1000;

/** What the stores are opened with. */
export interface SqliteStoresOptions {
  /** The database file; made with its directory when missing. */
  readonly path: string;
  readonly ids: Pick<Ids, "node">;
  readonly clock: Pick<Clock, "now">;
  readonly digest: Digest;
  /** Hears once when a database thread dies: nothing can be stored until a restart. */
  readonly onFailure?: (error: GatewayError) => void;
  /** Size limit in pages of 4 KiB, a full disk for tests. */
  readonly maxPageCount?: number;
}

/**
 * Both stores in one SQLite file. Every statement runs in a thread of its own: a writer for changes and key lookups,
 * and, from the first report on, a reader, so that a report never delays a settlement. `start` rejects with
 * `config_invalid`, `storage_corrupt` or `storage_failed`.
 */
export class SqliteStores implements Part {
  readonly name = "sqlite";
  readonly identity: IdentityStore;
  readonly ledger: LedgerStore;
  readonly #options: SqliteStoresOptions;
  #writer: WorkerClient<OpeningCalls & WriterCalls> | undefined;
  #reader: Promise<WorkerClient<OpeningCalls & ReaderCalls>> | undefined;
  #nodeId = "";

  constructor(options: SqliteStoresOptions) {
    this.#options = options;
    this.identity = this.#identityStore();
    this.ledger = this.#ledgerStore();
  }

  /** Names this database in the ledger's chain; empty before `start`. */
  get nodeId(): string {
    return this.#nodeId;
  }

  async start(): Promise<void> {
    const { path, ids, clock, maxPageCount } = this.#options;
    const writer = new WorkerClient<OpeningCalls & WriterCalls>((error) => this.#options.onFailure?.(error));
    this.#writer = writer;
    try {
      this.#nodeId = await writer.call("openWriter", {
        path,
        maxPageCount,
        candidateNodeId: ids.node(),
        nowMs: clock.now(),
      });
      await this.#verifyTail(writer);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Waits for the calls under way, closes the file and ends the threads. */
  async stop(): Promise<void> {
    const [writer, reader] = [this.#writer, this.#reader];
    this.#writer = undefined;
    this.#reader = undefined;
    // The reader goes first: while it reads, the writer cannot fold the log into the file.
    if (reader !== undefined) await reader.then(closed, () => undefined);
    if (writer !== undefined) await closed(writer);
  }

  async #verifyTail(writer: WorkerClient<WriterCalls>): Promise<void> {
    const rows = await writer.call("tail", verifiedTail);
    const first = rows[0];
    if (first === undefined) return;
    const verdict = verifyRows(this.#options.digest, first.prevHash, rows, first.seq - 1);
    if (verdict.ok) return;
    throw corruptError(this.#options.path, `the ledger's chain breaks at row ${verdict.seq} (${verdict.reason})`);
  }

  #identityStore(): IdentityStore {
    return {
      createUser: (user) => this.#write("createUser", user),
      listUsers: () => this.#write("listUsers"),
      findUser: (who) => this.#write("findUser", who),
      createKey: (key, digest) => this.#write("createKey", key, digest),
      findKey: (id) => this.#write("findKey", id),
      listKeys: (userId) => this.#write("listKeys", userId),
      revokeKey: (id, atMs) => this.#write("revokeKey", id, atMs),
      updateKeyPolicy: (id, policy, atMs) => this.#write("updateKeyPolicy", id, policy, atMs),
      saveQuotaUsage: (batch) => this.#write("saveQuotaUsage", batch),
      findKeyByHash: (tokenHash) => this.#write("findKeyByHash", tokenHash),
    };
  }

  #ledgerStore(): LedgerStore {
    return {
      settle: (batch) => this.#write("settle", encodeBatch(batch)),
      summary: (query) => this.#read("summary", query),
      logs: (query) => this.#read("logs", query),
      scan: (nodeId, afterSeq, limit) => this.#read("scan", nodeId, afterSeq, limit),
    };
  }

  #write<Method extends keyof WriterCalls>(
    method: Method,
    ...args: Parameters<WriterCalls[Method]>
  ): Promise<ReturnType<WriterCalls[Method]>> {
    if (this.#writer === undefined) return Promise.reject(notOpen());
    return this.#writer.call<Method>(method, ...args);
  }

  async #read<Method extends keyof ReaderCalls>(
    method: Method,
    ...args: Parameters<ReaderCalls[Method]>
  ): Promise<ReturnType<ReaderCalls[Method]>> {
    if (this.#writer === undefined) throw notOpen();
    this.#reader ??= this.#openReader();
    const reader = await this.#reader;
    return reader.call<Method>(method, ...args);
  }

  async #openReader(): Promise<WorkerClient<OpeningCalls & ReaderCalls>> {
    // A reader that died or could not open is simply started again by the next report.
    const forget = (): void => {
      this.#reader = undefined;
    };
    const reader = new WorkerClient<OpeningCalls & ReaderCalls>(forget);
    try {
      await reader.call("openReader", this.#options.path);
      return reader;
    } catch (error) {
      reader.terminate();
      forget();
      throw error;
    }
  }
}

async function closed(client: WorkerClient<{ readonly close: () => void }>): Promise<void> {
  try {
    await client.call("close");
  } catch {
    // It never opened or died before: there is nothing left to close.
  }
  client.terminate();
}

function notOpen(): GatewayError {
  return new GatewayError("storage_failed", "The database is not open.", { details: { reason: "closed" } });
}
