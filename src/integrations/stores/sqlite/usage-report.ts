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
   WHERE seq >= ? AND seq < ?
   GROUP BY 1, 2
   ORDER BY requests DESC, provider, model`;

/** The reading half of the books, on the reader's thread. Promises of `LedgerStore`, kept synchronously. */
export class UsageReport {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  summary(query: UsageQuery): readonly UsageTotal[] {
    const records = this.#database.query<TotalRecord, [number, number]>(totals).all(...this.#bounds(query));
    return records.map((record) => ({
      ...record,
      provider: record.provider ?? undefined,
      costNanos: BigInt(record.costNanos),
    }));
  }

  logs(query: UsageQuery & { readonly limit: number }): readonly LedgerRow[] {
    const newest = this.#database.query<UsageEventRecord, [number, number, number]>(
      `${selectRows} WHERE seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
    );
    return newest.all(...this.#bounds(query), query.limit).map(toRow);
  }

  scan(nodeId: string, afterSeq: number, limit: number): readonly LedgerRow[] {
    const page = this.#database.query<UsageEventRecord, [number, string, number]>(
      `${selectRows} WHERE seq > ? AND node_id = ? ORDER BY seq LIMIT ?`,
    );
    return page.all(afterSeq, nodeId, limit).map(toRow);
  }

  /** Numbers of the rows asked for, inclusive and exclusive. */
  #bounds({ fromMs, toMs }: UsageQuery): [number, number] {
    return [
      fromMs === undefined ? 1 : this.#firstSeqFrom(fromMs),
      toMs === undefined ? Number.MAX_SAFE_INTEGER : this.#firstSeqFrom(toMs),
    ];
  }

  /** Number of the first row at that time or later, of the next row when there is none: `at` never falls along `seq`. */
  #firstSeqFrom(atMs: number): number {
    const last = this.#database.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM usage_event").get()?.seq;
    const at = this.#database.query<{ at: number }, [number]>("SELECT at FROM usage_event WHERE seq = ?");
    let low = 1;
    let high = (last ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((at.get(middle)?.at ?? Number.MAX_SAFE_INTEGER) >= atMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
