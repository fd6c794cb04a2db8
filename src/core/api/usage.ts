import { z } from "zod";
import { operation } from "#core/api/operation.ts";
import { listOf, pageOf, pageShape, periodShape } from "#core/api/paging.ts";

/** What totals can be split by. */
export const usageDimensions = [
  "day",
  "hour",
  "provider",
  "model",
  "tenant",
  "team",
  "user",
  "key",
  "direction",
] as const;
export type UsageDimension = (typeof usageDimensions)[number];

/**
 * Totals of one group. Dimensions that were not asked for are left out; null stands for rows that have none (no provider
 * was asked, no key was used). Money is a decimal string in US dollars beside the exact integer of nano-dollars.
 */
const usageTotalViewSchema = z.object({
  /** `2026-11-21`. */
  day: z.string().optional(),
  /** RFC 3339, start of the hour. */
  hour: z.string().optional(),
  provider: z.string().nullable().optional(),
  model: z.string().nullable().optional(),
  tenant: z.string().optional(),
  team: z.string().nullable().optional(),
  user: z.string().nullable().optional(),
  key: z.string().nullable().optional(),
  direction: z.enum(["consume", "supply"]).optional(),
  requests: z.int(),
  failed: z.int(),
  aborted: z.int(),
  input_tokens: z.int(),
  cached_tokens: z.int(),
  cache_write_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  cost_usd: z.string(),
  cost_nanos: z.string(),
  /** What providers will ask for and no tenant is charged for: answers that broke. */
  overhead_usd: z.string(),
  /** Requests with tokens but without a price: visible, never silently free. */
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
  /** Parts of the input, of what was written to the cache (for an hour, at Anthropic), and of the output. */
  audio_input_tokens: count,
  image_input_tokens: count,
  cache_write_long_tokens: count,
  audio_output_tokens: count,
  usage_source: z.enum(["upstream", "counted", "estimated", "none"]),
  cost_usd: z.string().nullable(),
  cost_nanos: z.string().nullable(),
  price_version: z.string().nullable(),
  latency_ms: z.number(),
  first_token_ms: z.number().nullable(),
  queue_ms: z.number(),
  attempts: z.int(),
  upstream_request_id: z.string().nullable(),
  team_id: z.string().nullable(),
  tags: z.array(z.string()),
  overhead_usd: z.string().nullable(),
});
export type UsageLogView = z.infer<typeof usageLogViewSchema>;

const text = z.string().min(1).max(254);
const filterShape = {
  ...periodShape,
  /** Ids, e-mails or names. */
  user: text.optional(),
  team: text.optional(),
  /** Id of a key. */
  key: text.optional(),
  model: text.optional(),
  provider: text.optional(),
  direction: z.enum(["consume", "supply"]).optional(),
};

/** `day,model`, or the names one by one. */
const groups = z
  .union([
    z.array(z.enum(usageDimensions)),
    z.string().transform((joined) => joined.split(",").map((name) => name.trim())),
  ])
  .pipe(z.array(z.enum(usageDimensions)).max(usageDimensions.length))
  .default(["provider", "model"]);

const counted = z.int().min(0).max(1_000_000_000).optional();

/** `/api/v1/usage`. */
export const usageOperations = {
  usageSummary: operation({
    method: "GET",
    path: "/usage/summary",
    permission: "usage:read",
    summary: "Totals by any of the dimensions, as a time series where `day` or `hour` is one of them.",
    input: z.strictObject({
      ...filterShape,
      group_by: groups,
      limit: z.coerce.number().int().min(1).max(100_000).default(10_000),
    }),
    output: listOf(usageTotalViewSchema),
  }),
  usageLogs: operation({
    method: "GET",
    path: "/usage/logs",
    permission: "usage:read",
    summary: "Requests, newest first.",
    input: z.strictObject({
      ...filterShape,
      outcome: z.enum(["finished", "failed", "aborted"]).optional(),
      request_id: text.optional(),
      ...pageShape,
    }),
    output: pageOf(usageLogViewSchema),
  }),
  reportUsage: operation({
    method: "POST",
    path: "/usage",
    permission: "usage:write",
    summary: "Report usage that happened elsewhere; the same event counts once, however often it is reported.",
    input: z.strictObject({
      /** Chosen by the reporter, unique for ever. */
      event_id: z.string().regex(/^[A-Za-z0-9_-]{8,100}$/, "is 8 to 100 letters, digits, - or _"),
      direction: z.enum(["consume", "supply"]),
      provider: text,
      model: text,
      /** Id of the key on whose account; the caller's own where left out. */
      key: text.optional(),
      input_tokens: counted,
      cached_tokens: counted,
      cache_write_tokens: counted,
      output_tokens: counted,
      reasoning_tokens: counted,
    }),
    output: usageLogViewSchema,
  }),
};
