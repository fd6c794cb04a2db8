import { z } from "zod";

/** Shapes of `/api/v1/usage`. Money is a decimal string in US dollars beside the exact integer of nano-dollars. */
export const usageTotalViewSchema = z.object({
  provider: z.string().nullable(),
  model: z.string(),
  requests: z.int(),
  failed: z.int(),
  aborted: z.int(),
  input_tokens: z.int(),
  cached_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  cost_usd: z.string(),
  cost_nanos: z.string(),
  unpriced_requests: z.int(),
});
export type UsageTotalView = z.infer<typeof usageTotalViewSchema>;

const count = z.int().nullable();
/** One row of the books as shown; an unknown count is null, never zero. */
export const usageLogViewSchema = z.object({
  request_id: z.string(),
  at: z.string(),
  node_id: z.string(),
  seq: z.int(),
  tenant_id: z.string(),
  user_id: z.string().nullable(),
  key_id: z.string().nullable(),
  direction: z.enum(["consume", "supply"]),
  operation: z.string(),
  protocol: z.string(),
  provider: z.string().nullable(),
  requested_model: z.string(),
  model: z.string().nullable(),
  response_model: z.string().nullable(),
  stream: z.boolean(),
  outcome: z.enum(["finished", "failed", "aborted"]),
  error_code: z.string().nullable(),
  http_status: z.int(),
  input_tokens: count,
  cached_tokens: count,
  cache_write_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  usage_source: z.enum(["upstream", "counted", "estimated", "none"]),
  cost_usd: z.string().nullable(),
  cost_nanos: z.string().nullable(),
  price_version: z.string().nullable(),
  latency_ms: z.number(),
  first_token_ms: z.number().nullable(),
  queue_ms: z.number(),
  attempts: z.int(),
  upstream_request_id: z.string().nullable(),
});
export type UsageLogView = z.infer<typeof usageLogViewSchema>;

/** The time range of a question; both bounds optional, RFC 3339. */
export const usageQuerySchema = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
/** The same with a bound on rows, 50 unless asked. */
export const usageLogsQuerySchema = usageQuerySchema.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});
export type UsageQueryInput = z.input<typeof usageQuerySchema>;
/** A question for rows as a command or query string puts it. */
export type UsageLogsQueryInput = { readonly from?: string; readonly to?: string; readonly limit?: number };
