import type { Database, SQLQueryBindings } from "bun:sqlite";
import type { Stream, StreamRows } from "#core/evidence/stream.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import { type AuditTableRecord, toAuditRow } from "#integrations/stores/sqlite/audit.ts";
import { selectRows, toRow, type UsageEventRecord } from "#integrations/stores/sqlite/ledger/ledger-columns.ts";
import { findReported } from "#integrations/stores/sqlite/ledger/reported-events.ts";
import { selectTransfers, toTransferRow, type TransferRecord } from "#integrations/stores/sqlite/ledger/transfers.ts";
import { nameBindings, subjectCondition, targetCondition } from "#integrations/stores/sqlite/ledger/usage-filter.ts";
import { usageSummary } from "#integrations/stores/sqlite/ledger/usage-summary.ts";
import type { AtOnce, LedgerReports } from "#integrations/stores/sqlite/worker-calls.ts";

type LogsQuery = Parameters<LedgerStore["logs"]>[0];

/** The calls of reports, on the reader's thread. */
export function reportCalls(database: Database): LedgerReports {
  const report = new UsageReport(database);
  return {
    summary: (query) => report.summary(query),
    logs: (query) => report.logs(query),
    reported: (requestId) => findReported(database, requestId),
    scan: (stream, afterSeq, limit) => scan(database, stream, afterSeq, limit),
  };
}

/** Reports on rows of usage. */
class UsageReport {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  summary(query: Parameters<LedgerStore["summary"]>[0]): ReturnType<AtOnce<LedgerStore>["summary"]> {
    // One view of the books for both the totals and the rows at the ends.
    const consistent = this.#database.transaction(() =>
      usageSummary(this.#database, query, (atMs) => this.#firstSeqFrom(atMs)),
    );
    return consistent.deferred();
  }

  logs(query: LogsQuery): ReturnType<AtOnce<LedgerStore>["logs"]> {
    const { fromMs, toMs, beforeSeq = Number.MAX_SAFE_INTEGER, outcome, requestId, limit } = query;
    const conditions = [
      "seq >= $fromSeq AND seq < $toSeq",
      subjectCondition(query),
      targetCondition(query)?.replace("model =", "coalesce(model, requested_model) ="),
      outcome === undefined ? undefined : "outcome = $outcome",
      requestId === undefined ? undefined : "request_id = $requestId",
    ].filter((condition) => condition !== undefined);
    const bindings: Record<string, string | number> = {
      ...nameBindings(query),
      $fromSeq: fromMs === undefined ? 0 : this.#firstSeqFrom(fromMs),
      $toSeq: Math.min(beforeSeq, toMs === undefined ? beforeSeq : this.#firstSeqFrom(toMs)),
      $limit: limit,
      ...(outcome !== undefined && { $outcome: outcome }),
      ...(requestId !== undefined && { $requestId: requestId }),
    };
    using newest = this.#database.prepare<UsageEventRecord, SQLQueryBindings>(
      `${selectRows} WHERE ${conditions.join(" AND ")} ORDER BY seq DESC LIMIT $limit`,
    );
    return newest.all(bindings).map(toRow);
  }

  /** Number of the first row at that time or later, of the next row when there is none: `at` never falls along `seq`. */
  #firstSeqFrom(atMs: number): number {
    const ends = this.#database
      .query<{ first: number | null; last: number | null }, []>(
        "SELECT (SELECT min(seq) FROM usage_event) AS first, (SELECT max(seq) FROM usage_event) AS last",
      )
      .get();
    const at = this.#database.query<{ at: number }, [number]>("SELECT at FROM usage_event WHERE seq = ?");
    let low = ends?.first ?? 1;
    let high = (ends?.last ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((at.get(middle)?.at ?? Number.MAX_SAFE_INTEGER) >= atMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const selects: Readonly<Record<Stream, string>> = {
  usage: selectRows,
  transfer: selectTransfers,
  audit: "SELECT * FROM audit",
};

const readers: { readonly [Name in Stream]: (record: unknown) => StreamRows[Name] } = {
  usage: (record) => toRow(record as UsageEventRecord),
  transfer: (record) => toTransferRow(record as TransferRecord),
  audit: (record) => toAuditRow(record as AuditTableRecord),
};

function scan<Name extends Stream>(
  database: Database,
  stream: Name,
  afterSeq: number,
  limit: number,
): readonly StreamRows[Name][] {
  const page = database.query<unknown, [number, number]>(`${selects[stream]} WHERE seq > ? ORDER BY seq LIMIT ?`);
  return page.all(afterSeq, limit).map(readers[stream]);
}
