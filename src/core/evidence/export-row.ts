import type { AuditRow } from "#core/audit/audit-record.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";
import type { Stream, StreamRows } from "#core/evidence/stream.ts";
import type { TransferRow } from "#core/ledger/transfer-chain.ts";
import { formatUsd } from "#core/ledger/money.ts";

/** One value of an exported row; money as decimal text, hashes in hexadecimal. */
export type ExportCell = string | number | boolean | null;
/** A row as exported: every column of its stream, null for what is absent. */
export type ExportRow = Readonly<Record<string, ExportCell>>;

type Column<Row> = readonly [name: string, read: (row: Row) => ExportCell | undefined];

const usd = (nanos: bigint | undefined): string | undefined => (nanos === undefined ? undefined : formatUsd(nanos));
const time = (atMs: number): string => new Date(atMs).toISOString();

const usage: readonly Column<LedgerRow>[] = [
  ["node_id", (row) => row.nodeId],
  ["seq", (row) => row.seq],
  ["request_id", (row) => row.requestId],
  ["at", (row) => time(row.atMs)],
  ["tenant_id", (row) => row.tenantId],
  ["user_id", (row) => row.userId],
  ["key_id", (row) => row.keyId],
  ["direction", (row) => row.direction],
  ["operation", (row) => row.operation],
  ["protocol", (row) => row.protocol],
  ["provider", (row) => row.provider],
  ["requested_model", (row) => row.requestedModel],
  ["model", (row) => row.model],
  ["response_model", (row) => row.responseModel],
  ["stream", (row) => row.stream],
  ["outcome", (row) => row.outcome],
  ["error_code", (row) => row.errorCode],
  ["http_status", (row) => row.httpStatus],
  ["input_tokens", (row) => row.inputTokens],
  ["cached_tokens", (row) => row.cachedTokens],
  ["cache_write_tokens", (row) => row.cacheWriteTokens],
  ["output_tokens", (row) => row.outputTokens],
  ["reasoning_tokens", (row) => row.reasoningTokens],
  ["usage_source", (row) => row.usageSource],
  ["cost_usd", (row) => usd(row.costNanos)],
  ["price_version", (row) => row.priceVersion],
  ["latency_ms", (row) => row.latencyMs],
  ["first_token_ms", (row) => row.firstTokenMs],
  ["queue_ms", (row) => row.queueMs],
  ["attempts", (row) => row.attempts],
  ["upstream_request_id", (row) => row.upstreamRequestId],
  ["team_id", (row) => row.teamId],
  ["tags", (row) => row.tags],
  ["audio_input_tokens", (row) => row.audioInputTokens],
  ["image_input_tokens", (row) => row.imageInputTokens],
  ["audio_output_tokens", (row) => row.audioOutputTokens],
  ["overhead_usd", (row) => usd(row.overheadNanos)],
  ["cache_write_long_tokens", (row) => row.cacheWriteLongTokens],
  ["prev_hash", (row) => row.prevHash.toHex()],
  ["hash", (row) => row.hash.toHex()],
];

const transfer: readonly Column<TransferRow>[] = [
  ["node_id", (row) => row.nodeId],
  ["seq", (row) => row.seq],
  ["at", (row) => time(row.atMs)],
  ["debit_kind", (row) => row.debit.kind],
  ["debit_owner", (row) => row.debit.owner],
  ["credit_kind", (row) => row.credit.kind],
  ["credit_owner", (row) => row.credit.owner],
  ["amount_usd", (row) => usd(row.amountNanos)],
  ["kind", (row) => row.kind],
  ["ref", (row) => row.ref],
  ["price_version", (row) => row.priceVersion],
  ["prev_hash", (row) => row.prevHash.toHex()],
  ["hash", (row) => row.hash.toHex()],
];

const audit: readonly Column<AuditRow>[] = [
  ["seq", (row) => row.seq],
  ["at", (row) => time(row.atMs)],
  ["actor_kind", (row) => row.actor.kind],
  ["actor_user_id", (row) => row.actor.userId],
  ["actor_key_id", (row) => row.actor.keyId],
  ["action", (row) => row.action],
  ["outcome", (row) => row.outcome],
  ["target_kind", (row) => row.target.kind],
  ["target_id", (row) => row.target.id],
  ["details", (row) => JSON.stringify(row.details)],
  ["request_id", (row) => row.requestId],
  ["prev_hash", (row) => row.prevHash.toHex()],
  ["hash", (row) => row.hash.toHex()],
];

const columns: { readonly [Name in Stream]: readonly Column<StreamRows[Name]>[] } = { usage, transfer, audit };

/** Names of a stream's columns, in the order in which rows have them. */
export function exportColumns(stream: Stream): readonly string[] {
  return columns[stream].map(([name]) => name);
}

/** A row under the names of its columns. */
export function exportRow<Name extends Stream>(stream: Name, row: StreamRows[Name]): ExportRow {
  return Object.fromEntries(columns[stream].map(([name, read]) => [name, read(row) ?? null]));
}
