import type {
  CapacityLimits,
  DeploymentSpec,
  HealthState,
  ResourceSpec,
  UpstreamLimits,
} from "#core/scheduler/capacity.ts";
import type { CallTokens } from "#core/scheduler/offer.ts";
import type { SchedulingPolicy, SchedulingRules } from "#core/scheduler/rules.ts";

/** What a scheduler is set up with before anything arrives. */
export interface World {
  readonly rules: SchedulingRules;
  readonly resources: readonly ResourceSpec[];
  readonly deployments: readonly DeploymentSpec[];
  /** Sets of deployments, in order of preference. */
  readonly lanes: readonly (readonly string[])[];
}

/** A request comes. */
export interface OfferStep {
  readonly do: "offer";
  readonly lane: number;
  readonly level: number;
  readonly tenant: number;
  readonly expected: CallTokens;
  readonly bytes: number;
  readonly deadlineInUs: number | undefined;
}

/** Something happens to one of those alive, which `pick` chooses by the rest of a division. */
export type RequestStep =
  /** Ends a running one with so many thousandths of what was expected; undefined where nobody knows. */
  | { readonly do: "complete"; readonly pick: number; readonly actualPermille: number | undefined }
  | { readonly do: "progress"; readonly pick: number; readonly outputTokens: number }
  | { readonly do: "cancel"; readonly pick: number };

/** Time passes: with the scheduler woken whenever it asked for it, backwards for good, or with nobody awake. */
export interface TimeStep {
  readonly do: "advance" | "back" | "sleep";
  readonly byUs: number;
}

/** What there is, or how it is shared, changes. */
export type ChangeStep =
  | { readonly do: "limits"; readonly resource: number; readonly limits: CapacityLimits }
  | { readonly do: "ceiling"; readonly deployment: number; readonly concurrent: number | undefined }
  | { readonly do: "health"; readonly deployment: number; readonly health: HealthState }
  | { readonly do: "rateLimited"; readonly deployment: number; readonly forUs: number }
  | { readonly do: "told"; readonly deployment: number; readonly limits: UpstreamLimits }
  | { readonly do: "strained"; readonly strained: boolean }
  | { readonly do: "policy"; readonly policy: SchedulingPolicy };

/** One thing that happens to a scheduler. */
export type Step = OfferStep | RequestStep | TimeStep | ChangeStep;

export const secondUs = 1_000_000;

/** Rules under which nothing is refused for waiting: what a property is not about cannot get in its way. */
export const patientRules: SchedulingRules = {
  capacityModel: "multi_dimensional",
  policy: "strict",
  levels: Array.from({ length: 3 }, (_, level) => ({
    floorPermille: level === 0 ? 0 : 50,
    weight: 10 ** (2 - level),
    waitBudgetUs: 3_600 * secondUs,
  })),
  maxAgeUs: 36_000 * secondUs,
  queueTimeoutUs: 36_000 * secondUs,
  maxQueued: 1_000_000,
  tenantSharePermille: 1000,
  maxQueuedBytes: 2 ** 50,
  costPermille: { input: 1000, cached: 1000, output: 1000 },
  probes: 1,
};

/** A world of one deployment with these limits. */
export function simpleWorld(limits: CapacityLimits, rules: Partial<SchedulingRules> = {}): World {
  return {
    rules: { ...patientRules, ...rules },
    resources: [{ id: "p/m", limits }],
    deployments: [{ id: "p/m", resources: ["p/m"], weight: 1, group: "m" }],
    lanes: [["p/m"]],
  };
}

/** Weight of a tenant by its number. */
export function weightOf(tenant: number): number {
  return 1 + (tenant % 3);
}
