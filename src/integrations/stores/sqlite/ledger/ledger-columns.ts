import type { SQLQueryBindings } from "bun:sqlite";
import type { LedgerRow } from "#core/ledger/entry.ts";
import type { ChainedEntry } from "#core/ledger/row-encoder.ts";

/** The column of `usage_event` for each field of a row, in the order of `toValues`. */
const columnOf = {
  nodeId: "node_id",
  seq: "seq",
  requestId: "request_id",
  atMs: "at",
  tenantId: "tenant_id",
  userId: "user_id",
  keyId: "key_id",
  direction: "direction",
  operation: "operation",
  protocol: "protocol",
  provider: "provider",
  requestedModel: "requested_model",
  model: "model",
  responseModel: "response_model",
  stream: "stream",
  outcome: "outcome",
  errorCode: "error_code",
  httpStatus: "http_status",
  inputTokens: "input_tokens",
  cachedTokens: "cached_tokens",
  cacheWriteTokens: "cache_write_tokens",
  outputTokens: "output_tokens",
  reasoningTokens: "reasoning_tokens",
  usageSource: "usage_source",
  costNanos: "cost_nanos",
  priceVersion: "price_version",
  latencyMs: "latency_ms",
  firstTokenMs: "first_token_ms",
  queueMs: "queue_ms",
  attempts: "attempts",
  upstreamRequestId: "upstream_request_id",
  teamId: "team_id",
  tags: "tags",
  audioInputTokens: "audio_input_tokens",
  imageInputTokens: "image_input_tokens",
  audioOutputTokens: "audio_output_tokens",
  overheadNanos: "overhead_nanos",
  cacheWriteLongTokens: "cache_write_long_tokens",
  prevHash: "prev_hash",
  hash: "hash",
} as const satisfies Readonly<Record<keyof LedgerRow, string>>;

type Column = (typeof columnOf)[keyof LedgerRow];

/** Columns of `usage_event` in the order of `toValues`. */
export const columns = Object.values(columnOf);

/** Adds a row; a request id that is in the books already changes nothing. */
export const insertRow = `INSERT INTO usage_event (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
  ON CONFLICT (request_id) DO NOTHING`;

/** Reads rows as `UsageEventRecord`. Money travels as text, so that no digit is lost in a double. */
export const selectRows = `SELECT ${columns
  .map((column) => (column.endsWith("_nanos") ? `CAST(${column} AS TEXT) AS ${column}` : column))
  .join(", ")} FROM usage_event`;

/** A row of `usage_event` as `selectRows` reads it. */
export type UsageEventRecord = Readonly<Record<Column, string | number | null | Uint8Array>>;

/** The values of `insertRow`. They are written out, since a loop over the fields makes settling 3 % slower. */
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

const fields = Object.entries(columnOf) as readonly (readonly [keyof LedgerRow, Column])[];

/** The ledger row in a record. */
export function toRow(record: UsageEventRecord): LedgerRow {
  const row: Partial<Record<keyof LedgerRow, unknown>> = {};
  for (const [field, column] of fields) {
    const value = record[column];
    if (value === null) continue;
    if (field === "stream") row[field] = value === 1;
    else row[field] = field.endsWith("Nanos") ? BigInt(value as string) : value;
  }
  return row as LedgerRow;
}
