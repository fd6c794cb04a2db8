import type { AdaptiveCeilings } from "#core/admission/adaptive-ceilings.ts";
import type { SchedulingMeter } from "#core/admission/scheduling-meter.ts";
import type { TenantServiceMeter } from "#core/admission/tenant-service-meter.ts";
import type { Topology } from "#core/admission/topology.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Candidate } from "#core/routing/candidates.ts";
import type { HealthState } from "#core/scheduler/capacity.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";
import type { Scheduler } from "#core/scheduler/scheduler.ts";

/** What is asked about the health of deployments. */
export interface HealthQuestions {
  stateOf(id: DeploymentId): HealthState;
  /** 0 where it may be tried. */
  retryAfterMs(id: DeploymentId): number;
  /** Whether what this provider says is of another account by now. */
  isRetired(provider: Candidate["provider"]): boolean;
  onChange(listener: (id: DeploymentId) => void): void;
}

/** What the shell around the scheduler is built from. */
export interface ScheduledAdmissionParts {
  readonly scheduler: Scheduler;
  /** What there is until `redeclare`. */
  readonly topology: Topology;
  readonly health: HealthQuestions;
  readonly meter: SchedulingMeter;
  /** Absent where tenants are not told apart in metrics. */
  readonly tenants?: TenantServiceMeter;
  readonly clock: Clock;
  /** How many levels there are. */
  readonly levels: number;
  /** Whether the length of a context is looked at. */
  readonly countsTokens: boolean;
  /** Absent where concurrency is as configured. */
  readonly ceilings?: AdaptiveCeilings;
}
