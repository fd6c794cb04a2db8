import { toGatewayError } from "#core/errors.ts";
import { archiveCalls } from "#integrations/stores/sqlite/archive/archive-calls.ts";
import { brokenChain } from "#integrations/stores/sqlite/archive/books-check.ts";
import { Commits } from "#integrations/stores/sqlite/commits.ts";
import { openReader, openWriter, unusableAtStart } from "#integrations/stores/sqlite/database.ts";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";
import { settledNodeId } from "#integrations/stores/sqlite/node-identity.ts";
import { enterOlderRows } from "#integrations/stores/sqlite/ledger/older-rows.ts";
import { readerCalls, writerCalls } from "#integrations/stores/sqlite/thread-calls.ts";
import { corruptError, storageError } from "#integrations/stores/sqlite/storage-error.ts";
import type {
  AnswerMessage,
  CallMessage,
  CallTable,
  ErrorMessage,
  OpeningCalls,
  OpenWriter,
} from "#integrations/stores/sqlite/worker-calls.ts";

/** Newest rows of each chain that are verified at every start; whole chains are for `ledger verify`. */
const verifiedTail = 1_000;

/** Answers calls in the thread that owns a database, one after the other. The first call decides what it becomes. */
export class WorkerServer {
  #path = "";
  #calls: CallTable = {
    openWriter: (options: OpenWriter) => this.#openWriter(options),
    openReader: (path: string) => this.#openReader(path),
    openArchive: () => this.#openArchive(),
  } satisfies OpeningCalls;

  answer({ id, method, args }: CallMessage): AnswerMessage {
    try {
      const call = this.#calls[method];
      if (call === undefined) throw new Error(`This thread has no call ${method}.`);
      return { id, ok: true, value: call(...(args as never[])) };
    } catch (thrown) {
      return { id, ok: false, error: errorMessage(storageError(thrown, this.#path)) };
    }
  }

  #openWriter({ path, maxPageCount, candidateNodeId, nowMs }: OpenWriter): string {
    this.#path = path;
    const database = openWriter({ path, ...(maxPageCount !== undefined && { maxPageCount }) });
    try {
      migrate(database, migrations, nowMs);
      const commits = new Commits(database);
      const nodeId = settledNodeId(database, commits, candidateNodeId, nowMs);
      enterOlderRows(database, commits, nodeId);
      const fault = brokenChain(database, verifiedTail);
      if (fault !== undefined) throw corruptError(path, fault);
      this.#calls = writerCalls(database, commits, nodeId);
      return nodeId;
    } catch (thrown) {
      database.close();
      throw unusableAtStart(storageError(thrown, path), path);
    }
  }

  #openReader(path: string): void {
    this.#path = path;
    this.#calls = readerCalls(openReader(path));
  }

  #openArchive(): void {
    this.#calls = archiveCalls;
  }
}

function errorMessage(thrown: unknown): ErrorMessage {
  const error = toGatewayError(thrown);
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? "");
  return { code: error.code, message: error.message, details: error.details, cause };
}
