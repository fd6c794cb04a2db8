import type { Database } from "bun:sqlite";
import { mergeCall } from "#integrations/stores/sqlite/archive/archive-merge.ts";
import { auditCalls } from "#integrations/stores/sqlite/audit.ts";
import { budgetCalls } from "#integrations/stores/sqlite/ledger/budgets.ts";
import { chainReaderCalls, chainWriterCalls } from "#integrations/stores/sqlite/ledger/anchors.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { eventCalls } from "#integrations/stores/sqlite/events.ts";
import { idempotencyCalls } from "#integrations/stores/sqlite/idempotent-calls.ts";
import { identityCalls } from "#integrations/stores/sqlite/identity/identity.ts";
import { ledgerCalls } from "#integrations/stores/sqlite/ledger/ledger.ts";
import { priceCalls } from "#integrations/stores/sqlite/prices.ts";
import { reportCalls } from "#integrations/stores/sqlite/ledger/report.ts";
import { sessionCalls } from "#integrations/stores/sqlite/sessions.ts";
import type { ReaderCalls, WriterCalls } from "#integrations/stores/sqlite/worker-calls.ts";

/** What the writing thread answers, each noun in a file of its own. */
export function writerCalls(database: Database, commits: Commits, nodeId: string): WriterCalls {
  return {
    ...identityCalls(database, commits),
    ...budgetCalls(database, commits),
    ...priceCalls(database, commits),
    ...auditCalls(database, commits),
    ...sessionCalls(database, commits),
    ...eventCalls(database, commits),
    ...idempotencyCalls(database, commits),
    ...ledgerCalls(database, commits, nodeId),
    ...chainWriterCalls(database, commits),
    mergeArchive: mergeCall(database, commits),
    close: () => database.close(),
  };
}

/** What the reading thread answers. */
export function readerCalls(database: Database): ReaderCalls {
  return { ...reportCalls(database), ...chainReaderCalls(database), close: () => database.close() };
}
