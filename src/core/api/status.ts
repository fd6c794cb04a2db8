import { z } from "zod";
import { operation } from "#core/api/operation.ts";

/** The running process in a few numbers. */
const gatewayStatusSchema = z.object({
  version: z.string(),
  uptime_seconds: z.int(),
  /** Model calls that run now. */
  in_flight: z.int(),
  /** Calls that wait for capacity; absent where scheduling is off. */
  queued: z.int().optional(),
  /** Whether it refuses new calls because it is about to end. */
  draining: z.boolean(),
});

/** `/api/v1/status`: of the running process alone, so no command asks the store for it. */
export const statusOperations = {
  findStatus: operation({
    method: "GET",
    path: "/status",
    permission: "gateway:read",
    summary: "Version, time since the start, and what runs now.",
    input: z.strictObject({}),
    output: gatewayStatusSchema,
  }),
};
