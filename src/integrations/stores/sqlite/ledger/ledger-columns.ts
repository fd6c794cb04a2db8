import type { SQLQueryBindings } from "bun:sqlite";
import type { KeyId, RequestId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import type { LedgerEntry, LedgerRow } from "#core/ledger/entry.ts";
import type { ChainedEntry } from "#core/ledger/row-encoder.ts";

/** Columns of `usage_event` in the order of `toValues`. */
export const columns = [
  "node_id",
  "seq",
  "request_id",
  "at",
  "tenant_id",
  "user_id",
  "key_id",
  "direction",
  "operation",
  "protocol",
  "provider",
  "requested_model",
  "model",
  "response_model",
  "stream",
  "outcome",
  "error_code",
  "http_status",
  "input_tokens",
  "cached_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "usage_source",
  "cost_nanos",
  "price_version",
  "latency_ms",
  "first_token_ms",
  "queue_ms",
  "attempts",
  "upstream_request_id",
  "team_id",
  "tags",
  "audio_input_tokens",
  "image_input_tokens",
  "audio_output_tokens",
  "overhead_nanos",
  "cache_write_long_tokens",
  "prev_hash",
  "hash",
] as const;

/** Adds a row; a request id that is in the books already changes nothing. */
export const insertRow = `INSERT INTO usage_event (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
  ON CONFLICT (request_id) DO NOTHING`;

/** Reads rows as `UsageEventRecord`. Money travels as text, so that no digit is lost in a double. */
export const selectRows = `SELECT ${columns
  .map((column) => (column.endsWith("_nanos") ? `CAST(${column} AS TEXT) AS ${column}` : column))
  .join(", ")} FROM usage_event`;

/** A row of `usage_event` as `selectRows` reads it. */
export interface UsageEventRecord {
  readonly node_id: string;
  readonly seq: number;
  readonly request_id: string;
  readonly at: number;
  readonly tenant_id: string;
  readonly user_id: string | null;
  readonly key_id: string | null;
  readonly direction: LedgerEntry["direction"];
  readonly operation: LedgerEntry["operation"];
  readonly protocol: string;
  readonly provider: string | null;
  readonly requested_model: string;
  readonly model: string | null;
  readonly response_model: string | null;
  readonly stream: number;
  readonly outcome: LedgerEntry["outcome"];
  readonly error_code: string | null;
  readonly http_status: number;
  readonly input_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly usage_source: LedgerEntry["usageSource"];
  readonly cost_nanos: string | null;
  readonly price_version: string | null;
  readonly latency_ms: number;
  readonly first_token_ms: number | null;
  readonly queue_ms: number;
  readonly attempts: number;
  readonly upstream_request_id: string | null;
  readonly team_id: string | null;
  readonly tags: string | null;
  readonly audio_input_tokens: number | null;
  readonly image_input_tokens: number | null;
  readonly audio_output_tokens: number | null;
  readonly overhead_nanos: string | null;
  readonly cache_write_long_tokens: number | null;
  readonly prev_hash: Uint8Array;
  readonly hash: Uint8Array;
}

/** The values of `insertRow`. */
export function toValues(row: ChainedEntry, prevHash: Uint8Array, hash: Uint8Array): SQLQueryBindings[] {
  return [
    row.nodeId,
    row.seq,
    row.requestId,
    row.atMs,
    row.tenantId,
    row.userId ?? null,
    row.keyId ?? null,
    row.direction,
    row.operation,
    row.protocol,
    row.provider ?? null,
    row.requestedModel,
    row.model ?? null,
    row.responseModel ?? null,
    row.stream ? 1 : 0,
    row.outcome,
    row.errorCode ?? null,
    row.httpStatus,
    row.inputTokens ?? null,
    row.cachedTokens ?? null,
    row.cacheWriteTokens ?? null,
    row.outputTokens ?? null,
    row.reasoningTokens ?? null,
    row.usageSource,
    row.costNanos ?? null,
    row.priceVersion ?? null,
    row.latencyMs,
    row.firstTokenMs ?? null,
    row.queueMs,
    row.attempts,
    row.upstreamRequestId ?? null,
    row.teamId ?? null,
    row.tags ?? null,
    row.audioInputTokens ?? null,
    row.imageInputTokens ?? null,
    row.audioOutputTokens ?? null,
    row.overheadNanos ?? null,
    row.cacheWriteLongTokens ?? null,
    prevHash,
    hash,
  ];
}

/** The ledger row in a record. */
export function toRow(record: UsageEventRecord): LedgerRow {
  return {
    nodeId: record.node_id,
    seq: record.seq,
    requestId: record.request_id as RequestId,
    atMs: record.at,
    tenantId: record.tenant_id as TenantId,
    ...(record.user_id !== null && { userId: record.user_id as UserId }),
    ...(record.key_id !== null && { keyId: record.key_id as KeyId }),
    direction: record.direction,
    operation: record.operation,
    protocol: record.protocol,
    ...(record.provider !== null && { provider: record.provider }),
    requestedModel: record.requested_model,
    ...(record.model !== null && { model: record.model }),
    ...(record.response_model !== null && { responseModel: record.response_model }),
    stream: record.stream === 1,
    outcome: record.outcome,
    ...(record.error_code !== null && { errorCode: record.error_code }),
    httpStatus: record.http_status,
    ...(record.input_tokens !== null && { inputTokens: record.input_tokens }),
    ...(record.cached_tokens !== null && { cachedTokens: record.cached_tokens }),
    ...(record.cache_write_tokens !== null && { cacheWriteTokens: record.cache_write_tokens }),
    ...(record.output_tokens !== null && { outputTokens: record.output_tokens }),
    ...(record.reasoning_tokens !== null && { reasoningTokens: record.reasoning_tokens }),
    usageSource: record.usage_source,
    ...(record.cost_nanos !== null && { costNanos: BigInt(record.cost_nanos) }),
    ...(record.price_version !== null && { priceVersion: record.price_version }),
    latencyMs: record.latency_ms,
    ...(record.first_token_ms !== null && { firstTokenMs: record.first_token_ms }),
    queueMs: record.queue_ms,
    attempts: record.attempts,
    ...(record.upstream_request_id !== null && { upstreamRequestId: record.upstream_request_id }),
    ...(record.team_id !== null && { teamId: record.team_id as TeamId }),
    ...(record.tags !== null && { tags: record.tags }),
    ...(record.audio_input_tokens !== null && { audioInputTokens: record.audio_input_tokens }),
    ...(record.image_input_tokens !== null && { imageInputTokens: record.image_input_tokens }),
    ...(record.audio_output_tokens !== null && { audioOutputTokens: record.audio_output_tokens }),
    ...(record.overhead_nanos !== null && { overheadNanos: BigInt(record.overhead_nanos) }),
    ...(record.cache_write_long_tokens !== null && { cacheWriteLongTokens: record.cache_write_long_tokens }),
    prevHash: record.prev_hash,
    hash: record.hash,
  };
}
