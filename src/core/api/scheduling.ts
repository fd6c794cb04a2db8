import { z } from "zod";
import type { ExplainCall, ExplainRoute, ExplanationView, RouteView } from "#core/api/explanation.ts";
import type { Caller } from "#core/api/operation.ts";
import type { TimeRulesView } from "#core/api/time-rules.ts";
import type { Principal } from "#core/identity/principal.ts";
import { degradationSteps } from "#core/degradation/step.ts";

const count = z.int().min(0);
/** Steps of degradation in force, the mildest first. */
const degraded = z.array(z.enum(degradationSteps));
const health = z.enum(["closed", "half-open", "open"]);
/** A level as everybody is shown it: its number, and `P5 Normal`. */
export const levelShape = { priority: count, level: z.string() };

/** Names are those of the configuration; null is no limit. Rates are means over the last seconds. */
const dimension = z.object({ used: z.number(), limit: z.number().nullable() });

const capacitySchema = z.object({
  /** `provider` or `provider/model`. */
  id: z.string(),
  tokens_per_sec: dimension,
  rps: dimension,
  concurrent: dimension,
  /** Tokens that were let go beyond what the rate had given. */
  token_debt: z.number(),
});

const deploymentSchema = z.object({
  id: z.string(),
  health,
  in_flight: count,
  /** What concurrency is held to now, the adaptive limit included. */
  concurrency_limit: z.number().nullable(),
  /** Left alone for so long because the provider said so. */
  paused_ms: z.number(),
  resources: z.array(z.string()),
});

const levelSchema = z.object({
  ...levelShape,
  queued: count,
  queued_bytes: count,
  oldest_ms: z.number(),
  /** For a small request of a tenant that has nothing queued. */
  predicted_wait_ms: z.number(),
});

const poolSchema = z.object({
  name: z.string(),
  deployments: z.array(deploymentSchema),
  levels: z.array(levelSchema),
  /** Those with most queued. */
  tenants: z.array(z.object({ tenant: z.string(), queued: count, in_flight: count })),
});

const refusalSchema = z.object({
  ago_ms: z.number(),
  ...levelShape,
  tenant: z.string(),
  pool: z.string(),
  reason: z.string(),
});

/** What `GET /api/v1/scheduler` answers. */
export const schedulerStatusSchema = z.discriminatedUnion("enabled", [
  z.object({ enabled: z.literal(false), message: z.string(), degraded }),
  z.object({
    enabled: z.literal(true),
    policy: z.enum(["strict", "hybrid", "weighted"]),
    capacity_model: z.enum(["simple", "multi_dimensional"]),
    priority_levels: count,
    queued: count,
    queued_bytes: count,
    in_flight: count,
    degraded,
    /** Names of the rules by time of day that hold now. */
    time_rules: z.array(z.string()),
    capacity: z.array(capacitySchema),
    pools: z.array(poolSchema),
    /** The newest first. */
    refusals: z.array(refusalSchema),
  }),
]);
export type SchedulerStatusView = z.infer<typeof schedulerStatusSchema>;
/** The status of a scheduler that is on. */
export type SchedulerAtWorkView = Extract<SchedulerStatusView, { readonly enabled: true }>;

/**
 * What an operator may ask of scheduling and routing. Questions change nothing: nobody's turn is taken and no provider is
 * called. Errors are `GatewayError`: `invalid_request`, `model_not_found`, `not_found` for a key that is none.
 */
export interface SchedulingDesk {
  status(): Promise<SchedulerStatusView>;
  /** What would become of a call if it came now. Who asks sees keys of its own tenant, and others if it may read keys. */
  explain(input: ExplainCall, asker: Principal): Promise<ExplanationView>;
  /** Who may answer a model, in which order, how, and with what capacity. */
  explainRoute(input: ExplainRoute): Promise<RouteView>;
  timeRules(): Promise<TimeRulesView>;
  /**
   * Reads the file of rules by time of day again, if it has changed; the audit says who asked. One with problems leaves the old
   * rules in force.
   */
  reloadTimeRules(asker: Caller): Promise<TimeRulesView>;
}
