import { Database } from "bun:sqlite";
import { toGatewayError } from "#core/errors.ts";
import type { AuditStore } from "#core/audit/audit-store.ts";
import type { PriceStore } from "#core/catalog/price-store.ts";
import type { EventStore } from "#core/hooks/event-store.ts";
import type { IdempotencyStore } from "#core/idempotency/idempotency-store.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import type { EvidenceStore } from "#core/evidence/evidence-store.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { SessionStore } from "#core/session/session-store.ts";
import { encodeBatch } from "#integrations/stores/entry-text.ts";
import { Commits } from "#integrations/stores/sqlite/commits.ts";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";
import { settledNodeId } from "#integrations/stores/sqlite/node-identity.ts";
import { storageError } from "#integrations/stores/sqlite/storage-error.ts";
import { storeOf } from "#integrations/stores/sqlite/store-calls.ts";
import { readerCalls, writerCalls } from "#integrations/stores/sqlite/thread-calls.ts";
import type { CallTable } from "#integrations/stores/sqlite/worker-calls.ts";

/** Name of the node whose books these are. */
export const inThreadNode = "node_1";

/** All stores on one database in memory. */
export interface InThreadStores {
  readonly identity: IdentityStore;
  readonly budgets: BudgetStore;
  readonly prices: PriceStore;
  readonly audit: AuditStore;
  readonly sessions: SessionStore;
  readonly events: EventStore;
  readonly idempotency: IdempotencyStore;
  readonly ledger: LedgerStore & EvidenceStore;
  readonly nodeId: string;
  /** For tests that look behind the stores. */
  readonly database: Database;
  close(): void;
}

/** The SQLite engine on a database in memory, in the caller's own thread: for tests that need every store but no file. */
export function openInThread(): InThreadStores {
  const database = new Database(":memory:");
  database.run("PRAGMA foreign_keys = ON");
  migrate(database, migrations, 0);
  const commits = new Commits(database);
  settledNodeId(database, commits, inThreadNode, 0);
  const calls: CallTable = { ...readerCalls(database), ...writerCalls(database, commits, inThreadNode) };
  const ask = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    try {
      const call = calls[method];
      if (call === undefined) throw new Error(`There is no call ${method}.`);
      return call(...(args as never[]));
    } catch (thrown) {
      throw toGatewayError(storageError(thrown, ":memory:"));
    }
  };
  const asked = <Store extends object>(): Store => storeOf(ask);
  const ledger = storeOf<LedgerStore & EvidenceStore>((method, args) =>
    ask(method, method === "settle" ? [encodeBatch(args[0] as readonly Settlement[])] : args),
  );
  return {
    identity: asked(),
    budgets: asked(),
    prices: asked(),
    audit: asked(),
    sessions: asked(),
    events: asked(),
    idempotency: asked(),
    ledger,
    nodeId: inThreadNode,
    database,
    close: () => database.close(),
  };
}
