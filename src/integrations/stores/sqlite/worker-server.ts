import type { Database } from "bun:sqlite";
import { toGatewayError } from "#core/errors.ts";
import { Commits } from "#integrations/stores/sqlite/commits.ts";
import { openReader, openWriter, unusableAtStart } from "#integrations/stores/sqlite/database.ts";
import { IdentityTables } from "#integrations/stores/sqlite/identity.ts";
import { LedgerTable } from "#integrations/stores/sqlite/ledger.ts";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";
import { settledNodeId } from "#integrations/stores/sqlite/node-identity.ts";
import { storageError } from "#integrations/stores/sqlite/storage-error.ts";
import { UsageReport } from "#integrations/stores/sqlite/usage-report.ts";
import type {
  AnswerMessage,
  CallMessage,
  CallTable,
  ErrorMessage,
  OpeningCalls,
  OpenWriter,
  ReaderCalls,
  WriterCalls,
} from "#integrations/stores/sqlite/worker-calls.ts";

/** Answers calls in the thread that owns a database, one after the other. The first call decides what it becomes. */
export class WorkerServer {
  #path = "";
  #calls: CallTable = {
    openWriter: (options: OpenWriter) => this.#openWriter(options),
    openReader: (path: string) => this.#openReader(path),
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
}

function writerCalls(database: Database, commits: Commits, nodeId: string): WriterCalls {
  const identity = new IdentityTables(database, commits);
  const ledger = new LedgerTable(database, commits, nodeId);
  return {
    createUser: (user) => identity.createUser(user),
    listUsers: () => identity.listUsers(),
    findUser: (who) => identity.findUser(who),
    createKey: (key, digest) => identity.createKey(key, digest),
    findKey: (id) => identity.findKey(id),
    listKeys: (userId) => identity.listKeys(userId),
    revokeKey: (id, atMs) => identity.revokeKey(id, atMs),
    updateKeyPolicy: (id, policy, atMs) => identity.updateKeyPolicy(id, policy, atMs),
    saveQuotaUsage: (batch) => identity.saveQuotaUsage(batch),
    findKeyByHash: (tokenHash) => identity.findKeyByHash(tokenHash),
    settle: (batch) => ledger.settle(batch),
    tail: (limit) => ledger.tail(limit),
    close: () => database.close(),
  };
}

function readerCalls(database: Database): ReaderCalls {
  const report = new UsageReport(database);
  return {
    summary: (query) => report.summary(query),
    logs: (query) => report.logs(query),
    scan: (nodeId, afterSeq, limit) => report.scan(nodeId, afterSeq, limit),
    close: () => database.close(),
  };
}

function errorMessage(thrown: unknown): ErrorMessage {
  const error = toGatewayError(thrown);
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? "");
  return { code: error.code, message: error.message, details: error.details, cause };
}
