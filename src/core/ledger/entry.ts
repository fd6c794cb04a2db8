import type { UsageSource } from "#core/chat/usage.ts";
import type { KeyId, RequestId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";

/** How a request ended: with its answer, with an error, or because its caller left. */
export type Outcome = "finished" | "failed" | "aborted";

/** One request in the books, whatever became of it. No prompt, e-mail or address: ids only. */
export interface LedgerEntry {
  readonly requestId: RequestId;
  /** End of the request, milliseconds since the epoch, UTC. */
  readonly atMs: number;
  readonly tenantId: TenantId;
  readonly userId?: UserId | undefined;
  readonly keyId?: KeyId | undefined;
  readonly direction: "consume" | "supply";
  readonly operation: "chat" | "embeddings" | "count";
  /** The caller's protocol. */
  readonly protocol: string;
  /** The last provider tried; undefined if none was. */
  readonly provider?: string | undefined;
  /** The model the caller asked for. */
  readonly requestedModel: string;
  /** The model asked of the provider. */
  readonly model?: string | undefined;
  /** The model that the provider says answered; it decides the price. */
  readonly responseModel?: string | undefined;
  readonly stream: boolean;
  readonly outcome: Outcome;
  /** Code of the error that ended it. */
  readonly errorCode?: string | undefined;
  /** 200, or the status of the error in `errorCode`, even where a stream had said 200 before; 499 when the caller left first. */
  readonly httpStatus: number;
  readonly inputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
  readonly usageSource: UsageSource;
  /** Signed nano-dollars (1e-9 USD); undefined when no price is known, never an invented zero. */
  readonly costNanos?: bigint | undefined;
  /** Version of the price list that applied; undefined with `costNanos`. */
  readonly priceVersion?: string | undefined;
  readonly latencyMs: number;
  /** Until the first content event. */
  readonly firstTokenMs?: number | undefined;
  readonly queueMs: number;
  /** Calls made to providers, 0 when refused before. */
  readonly attempts: number;
  readonly upstreamRequestId?: string | undefined;
  /** The team of the key. */
  readonly teamId?: TeamId | undefined;
  /** What it was budgeted by beside the key, sorted, joined by commas; undefined without any. */
  readonly tags?: string | undefined;
  /** Parts of the input that cost otherwise. */
  readonly audioInputTokens?: number | undefined;
  readonly imageInputTokens?: number | undefined;
  /** Part of the output. */
  readonly audioOutputTokens?: number | undefined;
  /** What the provider will ask for though the tenant is charged nothing, nano-dollars: tokens of an answer that broke. */
  readonly overheadNanos?: bigint | undefined;
  /** Part of what was written to the cache. */
  readonly cacheWriteLongTokens?: number | undefined;
}

/** An entry as it stands in the chain. */
export interface LedgerRow extends LedgerEntry {
  readonly nodeId: string;
  /** Position in the node's chain, from 1 without gaps. */
  readonly seq: number;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
}

/** Protocol of entries that were reported, not served. */
export const reportProtocol = "report";

/** A report of usage as it came into the books: known for ever, also when its row lies in the archive. */
export type ReportedEvent = Omit<LedgerRow, "prevHash" | "hash">;
