import type { HealthState } from "#core/scheduler/capacity.ts";
import type { RefusalReason } from "#core/scheduler/offer.ts";

/** One dimension of capacity as it stands; `limit` undefined where there is none. */
export interface DimensionState {
  readonly used: number;
  readonly limit: number | undefined;
}

/** A deployment, or what several share. Rates are means over the last seconds. */
export interface CapacityState {
  readonly id: string;
  readonly tokensPerSecond: DimensionState;
  readonly requestsPerSecond: DimensionState;
  readonly concurrent: DimensionState;
  /** Tokens dispatched beyond the bucket; 0 while it is above zero. */
  readonly tokenDebt: number;
}

/** One deployment as it stands. */
export interface DeploymentState {
  readonly id: string;
  readonly health: HealthState;
  readonly inFlight: number;
  /** What concurrency is held to now by any limit, the adaptive one included; undefined without. */
  readonly ceiling: number | undefined;
  /** No dispatch before this long, because the provider said so. */
  readonly pausedForUs: number;
  readonly resources: readonly string[];
}

/** What waits at one level of a pool. */
export interface LevelState {
  readonly level: number;
  readonly queued: number;
  readonly queuedBytes: number;
  readonly oldestUs: number;
  /** For a small request of a tenant that has nothing queued. */
  readonly predictedWaitUs: number;
}

/** What one tenant has in a pool. */
export interface TenantState {
  readonly tenant: string;
  readonly queued: number;
  readonly inFlight: number;
}

/** One group of deployments that are ordered together. */
export interface PoolState {
  readonly name: string;
  readonly deployments: readonly DeploymentState[];
  readonly levels: readonly LevelState[];
  /** Those with most queued, ten at most. */
  readonly tenants: readonly TenantState[];
}

/** One request that was turned away. */
export interface RefusalRecord {
  readonly agoUs: number;
  readonly level: number;
  readonly tenant: string;
  readonly pool: string;
  readonly reason: RefusalReason;
}

/** What `tokligence scheduler status` shows, as a value made on demand. */
export interface SchedulerState {
  readonly resources: readonly CapacityState[];
  readonly pools: readonly PoolState[];
  readonly queued: number;
  readonly queuedBytes: number;
  readonly inFlight: number;
  /** The newest first, twenty at most. */
  readonly refusals: readonly RefusalRecord[];
}
