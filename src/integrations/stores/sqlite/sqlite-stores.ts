import type { Clock } from "#core/effects/clock.ts";
import type { Ids } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { ArchiveStore, LoadReport } from "#core/archive/archive-store.ts";
import type { AuditStore } from "#core/audit/audit-store.ts";
import type { PriceStore } from "#core/catalog/price-store.ts";
import type { EventStore } from "#core/hooks/event-store.ts";
import type { IdempotencyStore } from "#core/idempotency/idempotency-store.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import type { EvidenceStore } from "#core/evidence/evidence-store.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { AskStore } from "#core/store-call.ts";
import type { SessionStore } from "#core/session/session-store.ts";
import { storeOf } from "#integrations/stores/sqlite/store-calls.ts";
import type { Part } from "#core/part.ts";
import { encodeBatch } from "#integrations/stores/entry-text.ts";
import type { MergeInput } from "#integrations/stores/sqlite/archive/archive-merge.ts";
import { SqliteArchive, verifyBalance } from "#integrations/stores/sqlite/archive/archive-store.ts";
import {
  writtenChainCalls,
  type OpeningCalls,
  type ReaderCalls,
  type WriterCalls,
} from "#integrations/stores/sqlite/worker-calls.ts";
import { WorkerClient } from "#integrations/stores/sqlite/worker-client.ts";

/** What the stores are opened with. */
export interface SqliteStoresOptions {
  /** The database file; made with its directory when missing. */
  readonly path: string;
  readonly ids: Pick<Ids, "node">;
  readonly clock: Pick<Clock, "now">;
  /** Hears, perhaps more than once, that nothing can be stored until a restart: a database thread died, or the disk failed a commit. */
  readonly onFailure?: (error: GatewayError) => void;
  /** Size limit in pages of 4 KiB, a full disk for tests. */
  readonly maxPageCount?: number;
}

/**
 * All stores in one SQLite file. Every statement runs in a thread of its own: a writer for changes and key lookups,
 * and, from the first report on, a reader, so that a report never delays a settlement; whoever walks along all rows at once
 * has a thread for that alone. `start` verifies the newest rows of
 * every chain and rejects with `config_invalid`, `storage_corrupt` or `storage_failed`.
 */
export class SqliteStores implements Part {
  readonly name = "sqlite";
  readonly identity: IdentityStore;
  readonly budgets: BudgetStore;
  readonly prices: PriceStore;
  readonly audit: AuditStore;
  readonly sessions: SessionStore;
  readonly events: EventStore;
  readonly idempotency: IdempotencyStore;
  readonly ledger: LedgerStore & EvidenceStore;
  readonly archive: ArchiveStore;
  readonly #options: SqliteStoresOptions;
  #writer: WorkerClient<OpeningCalls & WriterCalls> | undefined;
  #reader: Promise<WorkerClient<OpeningCalls & ReaderCalls>> | undefined;
  /** Who is asked instead of the threads; while nobody is, calls wait. */
  #elsewhere: PromiseWithResolvers<AskStore> | undefined;
  #nodeId = "";

  constructor(options: SqliteStoresOptions) {
    this.#options = options;
    const written = <Store extends object>(): Store => storeOf((method, args) => this.#write(method, args));
    this.identity = written();
    this.budgets = written();
    this.prices = written();
    this.audit = written();
    this.sessions = written();
    this.events = written();
    this.idempotency = written();
    const merge = (input: MergeInput): Promise<LoadReport> =>
      this.#write("mergeArchive", [input]) as Promise<LoadReport>;
    this.archive = new SqliteArchive({ path: options.path, clock: options.clock, merge });
    this.ledger = storeOf<LedgerStore & EvidenceStore>((method, args) => {
      if (method === "settle") return this.#write(method, [encodeBatch(args[0] as readonly Settlement[])]);
      if (method === "checkBalance") return this.#checkBalance();
      return writtenChainCalls.some((name) => name === method) ? this.#write(method, args) : this.#read(method, args);
    });
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

  /** Waits for the calls under way and closes the file for another process. What is asked from now on waits, see `hold`. */
  async giveAway(): Promise<void> {
    this.hold();
    await this.stop();
  }

  /** What is asked of the threads from now on waits, for `entrust` or for `takeBack`. */
  hold(): void {
    const [before, next] = [this.#elsewhere, Promise.withResolvers<AskStore>()];
    this.#elsewhere = next;
    before?.resolve(async (call) => (await next.promise)(call));
  }

  /** Asks `ask` what waits and whatever is asked from now on, where the file is away. */
  entrust(ask: AskStore): void {
    this.#elsewhere?.resolve(ask);
  }

  /** Opens the file again that nobody else has any more, and answers what waits. Rejects as `start`; then it waits on. */
  async takeBack(): Promise<void> {
    await this.start();
    const held = this.#elsewhere;
    this.#elsewhere = undefined;
    held?.resolve(this.answer);
  }

  /** Answers what the process asks that had the file before. */
  readonly answer: AskStore = ({ thread, method, args }) =>
    thread === "writer" ? this.#write(method, args) : this.#read(method, args);

  async #write(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#elsewhere !== undefined) return (await this.#elsewhere.promise)({ thread: "writer", method, args });
    if (this.#writer === undefined) throw notOpen();
    try {
      return await this.#writer.ask(method, args);
    } catch (error) {
      if (error instanceof GatewayError && error.details.final === true) this.#options.onFailure?.(error);
      throw error;
    }
  }

  async #read(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#elsewhere !== undefined) return (await this.#elsewhere.promise)({ thread: "reader", method, args });
    if (this.#writer === undefined) throw notOpen();
    this.#reader ??= this.#openReader();
    const reader = await this.#reader;
    return reader.ask(method, args);
  }

  async #checkBalance(): Promise<unknown> {
    if (this.#writer === undefined && this.#elsewhere === undefined) throw notOpen();
    return verifyBalance(this.#options.path);
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
