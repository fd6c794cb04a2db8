import { timeText } from "#core/api/time-text.ts";
import type { UsageLogView, UsageTotalView } from "#core/api/usage.ts";
import type { ReportedEvent } from "#core/ledger/entry.ts";
import type { UsageTotal } from "#core/ledger/ledger-store.ts";
import { formatUsd } from "#core/ledger/money.ts";

/** A total as the API shows it; null stands for rows that have none of a dimension. */
export function usageTotalView({ group, ...total }: UsageTotal): UsageTotalView {
  return {
    ...Object.fromEntries(Object.entries(group).map(([name, value]) => [name, dimensionView(name, value)])),
    requests: total.requests,
    failed: total.failed,
    aborted: total.aborted,
    input_tokens: total.inputTokens,
    cached_tokens: total.cachedTokens,
    cache_write_tokens: total.cacheWriteTokens,
    output_tokens: total.outputTokens,
    reasoning_tokens: total.reasoningTokens,
    cost_usd: formatUsd(total.costNanos),
    cost_nanos: total.costNanos.toString(),
    overhead_usd: formatUsd(total.overheadNanos),
    unpriced_requests: total.unpriced,
  };
}

function dimensionView(name: string, value: string | number | undefined): string | null {
  if (typeof value !== "number") return value ?? null;
  const at = timeText(value);
  return name === "day" ? at.slice(0, 10) : at;
}

/** A row of the books, or what is known of one, as the API shows it; null stands for what is not known. */
export function usageLogView(row: ReportedEvent): UsageLogView {
  return {
    request_id: row.requestId,
    at: timeText(row.atMs),
    node_id: row.nodeId,
    seq: row.seq,
    tenant_id: row.tenantId,
    user_id: row.userId ?? null,
    key_id: row.keyId ?? null,
    direction: row.direction,
    operation: row.operation,
    protocol: row.protocol,
    provider: row.provider ?? null,
    requested_model: row.requestedModel,
    model: row.model ?? null,
    response_model: row.responseModel ?? null,
    stream: row.stream,
    outcome: row.outcome,
    error_code: row.errorCode ?? null,
    http_status: row.httpStatus,
    input_tokens: row.inputTokens ?? null,
    cached_tokens: row.cachedTokens ?? null,
    cache_write_tokens: row.cacheWriteTokens ?? null,
    output_tokens: row.outputTokens ?? null,
    reasoning_tokens: row.reasoningTokens ?? null,
    audio_input_tokens: row.audioInputTokens ?? null,
    image_input_tokens: row.imageInputTokens ?? null,
    cache_write_long_tokens: row.cacheWriteLongTokens ?? null,
    audio_output_tokens: row.audioOutputTokens ?? null,
    usage_source: row.usageSource,
    cost_usd: row.costNanos === undefined ? null : formatUsd(row.costNanos),
    cost_nanos: row.costNanos === undefined ? null : row.costNanos.toString(),
    price_version: row.priceVersion ?? null,
    latency_ms: row.latencyMs,
    first_token_ms: row.firstTokenMs ?? null,
    queue_ms: row.queueMs,
    attempts: row.attempts,
    upstream_request_id: row.upstreamRequestId ?? null,
    team_id: row.teamId ?? null,
    tags: row.tags === undefined ? [] : row.tags.split(","),
    overhead_usd: row.overheadNanos === undefined ? null : formatUsd(row.overheadNanos),
  };
}
