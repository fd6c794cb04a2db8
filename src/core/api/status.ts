import { z } from "zod";
import { operation } from "#core/api/operation.ts";
import { degradationSteps } from "#core/degradation/step.ts";

const count = z.int().min(0);
const time = z.iso.datetime();

/** Somebody who failed lately, as the breakers see it. */
const deploymentSchema = z.object({
  /** `provider/model`, with `#n` behind the provider for its n-th key. */
  id: z.string(),
  health: z.enum(["closed", "half-open", "open"]),
  /** Until it is tried again; 0 where it is now. */
  retry_ms: count,
  last_error: z.object({ at: time, code: z.string() }).nullable(),
});

/** A call that was refused or failed, or a warning: never what was asked or answered. */
const troubleSchema = z.object({
  at: time,
  level: z.string(),
  /** The event of the log line. */
  event: z.string(),
  code: z.string().nullable(),
  request_id: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
});

/** Which configuration is in force, and why a newer one is not. */
export const configurationStatusSchema = z.object({
  /** 1 for the one it was started with, one more for each that was taken over. */
  generation: count,
  loaded_at: time,
  files: z.array(z.string()),
  /** Absent once a later one was taken over. */
  last_failure: z.object({ at: time, problems: z.array(z.string()) }).optional(),
  /** Keys that have changed and count only after a restart. */
  restart_needed: z.array(z.string()),
});
export type ConfigurationStatus = z.infer<typeof configurationStatusSchema>;

/** The running process in a few numbers. */
export const gatewayStatusSchema = z.object({
  version: z.string(),
  pid: count,
  address: z.string(),
  profile: z.string(),
  /** Directory of the configuration that it was started with. */
  config_dir: z.string(),
  started_at: time,
  uptime_seconds: count,
  /** Model calls let in since the start. */
  requests: count,
  /** Model calls that run now. */
  in_flight: count,
  /** Calls that wait for capacity; absent where scheduling is off. */
  queued: count.optional(),
  /** Whether it refuses new calls because it is about to end. */
  draining: z.boolean(),
  /** Steps of degradation in force, the mildest first. */
  degraded: z.array(z.enum(degradationSteps)),
  /** The limit is null where nobody says. */
  memory: z.object({ resident_bytes: count, limit_bytes: count.nullable() }),
  /** Deployments that failed lately; those that did not are well. */
  deployments: z.array(deploymentSchema),
  /** The newest first. */
  last_errors: z.array(troubleSchema),
  configuration: configurationStatusSchema.optional(),
});
export type GatewayStatus = z.infer<typeof gatewayStatusSchema>;

const shutdownSchema = z.strictObject({
  /** Refused as a conflict unless this is the process that answers: another may have taken its place. */
  pid: z.int().min(1),
  /** Ends what runs with an error, as a second signal does. */
  now: z.boolean().default(false),
});

/** Of the running process alone, so no command asks the store for them. */
export const statusOperations = {
  findStatus: operation({
    method: "GET",
    path: "/status",
    permission: "gateway:read",
    summary: "What runs since when, who failed lately, and the newest errors.",
    input: z.strictObject({}),
    output: gatewayStatusSchema,
  }),
  shutDown: operation({
    method: "POST",
    path: "/shutdown",
    permission: "gateway:stop",
    summary: "End the process as SIGTERM does: running calls are finished first, or, with `now`, ended.",
    input: shutdownSchema,
    /** `longest_seconds` is what its end may take. */
    output: z.object({ pid: count, in_flight: count, longest_seconds: z.number() }),
  }),
};
