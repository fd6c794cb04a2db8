import type { LedgerEntry, LedgerRow } from "#core/ledger/entry.ts";

/** Which part of the books is asked about. */
export interface UsageQuery {
  /** Inclusive and exclusive bounds, milliseconds since the epoch, UTC. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** Totals of one provider and model. */
export interface UsageTotal {
  readonly provider: string | undefined;
  readonly model: string;
  readonly requests: number;
  readonly failed: number;
  readonly aborted: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNanos: bigint;
  /** Requests that have tokens but no price: visible, never silently free. */
  readonly unpriced: number;
}

/** The books. Rows are only ever added. Every engine passes `test/stores`. */
export interface LedgerStore {
  /**
   * Appends the entries in order, extends the node's hash chain, and resolves when they would survive power loss.
   * An entry whose request id is already in the books is left out (delivered twice, counted once).
   * Rejects with `storage_failed`; then nothing of the batch is in the books.
   */
  settle(batch: readonly LedgerEntry[]): Promise<void>;
  /** Totals by provider and model, most requests first. */
  summary(query: UsageQuery): Promise<readonly UsageTotal[]>;
  /** Newest first. */
  logs(query: UsageQuery & { readonly limit: number }): Promise<readonly LedgerRow[]>;
  /** Every row in chain order, in pages, for verification. */
  scan(nodeId: string, afterSeq: number, limit: number): Promise<readonly LedgerRow[]>;
}
