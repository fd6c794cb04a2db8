import type { Database } from "bun:sqlite";
import type { LedgerRow } from "#core/ledger/entry.ts";
import type { UsageQuery, UsageTotal } from "#core/ledger/ledger-store.ts";
import { selectRows, toRow, type UsageEventRecord } from "#integrations/stores/sqlite/ledger-columns.ts";

interface TotalRecord extends Omit<UsageTotal, "provider" | "costNanos"> {
  readonly provider: string | null;
  readonly costNanos: string;
}

const totals = `
  SELECT provider,
         coalesce(model, requested_model)                     AS model,
         count(*)                                             AS requests,
         count(*) FILTER (WHERE outcome = 'failed')           AS failed,
         count(*) FILTER (WHERE outcome = 'aborted')          AS aborted,
         coalesce(sum(input_tokens), 0)                       AS inputTokens,
         coalesce(sum(cached_tokens), 0)                      AS cachedTokens,
         coalesce(sum(output_tokens), 0)                      AS outputTokens,
         coalesce(sum(reasoning_tokens), 0)                   AS reasoningTokens,
         CAST(coalesce(sum(cost_nanos), 0) AS TEXT)           AS costNanos,
         count(*) FILTER (WHERE cost_nanos IS NULL AND (input_tokens > 0 OR output_tokens > 0)) AS unpriced
    FROM usage_event
   WHERE at >= ? AND at < ?
   GROUP BY 1, 2
   ORDER BY requests DESC, provider, model`;

/** The reading half of the books, on the reader's thread. Promises of `LedgerStore`, kept synchronously. */
export class UsageReport {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  summary(query: UsageQuery): readonly UsageTotal[] {
    const records = this.#database.query<TotalRecord, [number, number]>(totals).all(...bounds(query));
    return records.map((record) => ({
      ...record,
      provider: record.provider ?? undefined,
      costNanos: BigInt(record.costNanos),
    }));
  }

  logs(query: UsageQuery & { readonly limit: number }): readonly LedgerRow[] {
    const newest = this.#database.query<UsageEventRecord, [number, number, number]>(
      `${selectRows} WHERE at >= ? AND at < ? ORDER BY at DESC, rowid DESC LIMIT ?`,
    );
    return newest.all(...bounds(query), query.limit).map(toRow);
  }

  scan(nodeId: string, afterSeq: number, limit: number): readonly LedgerRow[] {
    const page = this.#database.query<UsageEventRecord, [string, number, number]>(
      `${selectRows} WHERE node_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
    );
    return page.all(nodeId, afterSeq, limit).map(toRow);
  }
}

function bounds({ fromMs, toMs }: UsageQuery): [number, number] {
  return [fromMs ?? Number.MIN_SAFE_INTEGER, toMs ?? Number.MAX_SAFE_INTEGER];
}
