/** How levels share capacity: `weighted` by weights, `strict` by number alone, `hybrid` strictly but for a floor each. */
export type SchedulingPolicy = "strict" | "hybrid" | "weighted";

/** The rules of one level. */
export interface LevelRules {
  /** Share of all service that it gets while it has work, in thousandths; used by `hybrid`, 0 for the most urgent level. */
  readonly floorPermille: number;
  /** Used by `weighted`, 1..1000000. */
  readonly weight: number;
  /** Longest wait that is admitted, as foreseen. */
  readonly waitBudgetUs: number;
}

/** Everything that the scheduler is told at the start, or anew by `setRules`. The number of levels never changes. */
export interface SchedulingRules {
  /** `simple`: only requests per second and concurrency count; tokens and context do not. */
  readonly capacityModel: "simple" | "multi_dimensional";
  readonly policy: SchedulingPolicy;
  /** One for each level, the most urgent first. */
  readonly levels: readonly LevelRules[];
  /** Under `strict`: a level counts as having arrived this much later than the one above it. Undefined: no ageing. */
  readonly ageingStepUs?: number;
  /** Whoever has waited longer goes first, whatever the policy. */
  readonly maxAgeUs: number;
  /** Whoever has waited longer is refused with `queue_timeout`. */
  readonly queueTimeoutUs: number;
  readonly maxQueued: number;
  /** Most of `maxQueued` that one tenant may hold, in thousandths. */
  readonly tenantSharePermille: number;
  readonly maxQueuedBytes: number;
  /** Scheduling cost of a token, in thousandths: of input, of cached input, of output. */
  readonly costPermille: { readonly input: number; readonly cached: number; readonly output: number };
  /** Trials at once at a half-open deployment. */
  readonly probes: number;
}
