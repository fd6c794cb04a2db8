import { z } from "zod";

const target = { port: z.int(), key: z.string(), seconds: z.number() };

/** What a process that makes load is told to do. */
export const loadOrderSchema = z.discriminatedUnion("measure", [
  /** Calls at a constant rate, whatever the server does. */
  z.object({
    measure: z.literal("calls"),
    ...target,
    rate_per_second: z.number(),
    connections: z.int(),
    streamed: z.boolean(),
  }),
  /** Streams that stay open, an event each 100 ms. */
  z.object({ measure: z.literal("streams"), ...target, streams: z.int() }),
  /** As many calls as the connections can ask. */
  z.object({ measure: z.literal("throughput"), ...target, connections: z.int() }),
]);
export type LoadOrder = z.infer<typeof loadOrderSchema>;

/** What it answers; null is what this measure does not tell. */
export const loadReportSchema = z.object({
  /** Until the end of an answer. */
  call_p50_ms: z.number().nullable(),
  call_p95_ms: z.number().nullable(),
  call_p99_ms: z.number().nullable(),
  /** Until the first event of an answer. */
  first_token_p50_ms: z.number().nullable(),
  first_token_p99_ms: z.number().nullable(),
  /** How much later than its pace an event came. */
  event_late_p99_ms: z.number().nullable(),
  requests_per_second: z.number().nullable(),
  /** Requests without the answer they should have had. */
  failed: z.int(),
});
export type LoadReport = z.infer<typeof loadReportSchema>;

/** A report of nothing. */
export const nothingReported: LoadReport = {
  call_p50_ms: null,
  call_p95_ms: null,
  call_p99_ms: null,
  first_token_p50_ms: null,
  first_token_p99_ms: null,
  event_late_p99_ms: null,
  requests_per_second: null,
  failed: 0,
};
