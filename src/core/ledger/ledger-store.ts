import type { LedgerEntry, LedgerRow, Outcome, ReportedEvent } from "#core/ledger/entry.ts";
import type { Settled } from "#core/ledger/settled.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

/** Which rows are asked about; all conditions hold. */
export interface UsageQuery {
  /** Inclusive and exclusive bounds, milliseconds since the epoch, UTC. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly userId?: string;
  readonly teamId?: string;
  readonly keyId?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly direction?: LedgerEntry["direction"];
  /** Only rows of this user or of these teams: what the asker may see. */
  readonly visibleTo?: { readonly userId: string; readonly teamIds: readonly string[] };
}

/** What totals can be split by. `day` and `hour` are starts of windows, milliseconds since the epoch. */
export type UsageGroup = "day" | "hour" | "provider" | "model" | "tenant" | "team" | "user" | "key" | "direction";

/** Totals of one group: a value for each dimension asked for, undefined where rows have none. */
export interface UsageTotal {
  readonly group: Readonly<Partial<Record<UsageGroup, string | number | undefined>>>;
  readonly requests: number;
  readonly failed: number;
  readonly aborted: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNanos: bigint;
  readonly overheadNanos: bigint;
  /** Requests that have tokens but no price: visible, never silently free. */
  readonly unpriced: number;
}

/** The books. Rows are only ever added. Every engine passes `test/stores`. */
export interface LedgerStore {
  /**
   * Settles in order, extends the node's hash chains, and resolves when all would survive power loss. An entry whose request
   * id is already in the books is left out with all it brings (delivered twice, counted once). Rejects with
   * `storage_failed`; then nothing of the batch is in the books.
   */
  settle(batch: readonly Settlement[]): Promise<Settled>;
  /** Totals of each group, most requests first, or in order of time where a window of time is asked for. */
  summary(
    query: UsageQuery & { readonly groupBy: readonly UsageGroup[]; readonly limit: number },
  ): Promise<readonly UsageTotal[]>;
  /** Newest first. */
  logs(
    query: UsageQuery & {
      readonly outcome?: Outcome;
      readonly requestId?: string;
      /** Only rows before this one. */
      readonly beforeSeq?: number;
      readonly limit: number;
    },
  ): Promise<readonly LedgerRow[]>;
  /** What was ever reported under this request id (an entry of `reportProtocol`), whether its row is archived or not. */
  reported(requestId: string): Promise<ReportedEvent | undefined>;
}
