import type { PoolOutcome } from "#core/api/explanation.ts";
import type { SchedulerAtWorkView } from "#core/api/scheduling.ts";
import { levelLabel } from "#core/admission/level.ts";
import type { DegradationStep } from "#core/degradation/step.ts";
import type { Forecast } from "#core/scheduler/forecast.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { CapacityState, DimensionState, PoolState, SchedulerState } from "#core/scheduler/state.ts";

/** The scheduler as the API shows it. */
export function schedulerView(
  state: SchedulerState,
  { policy, capacityModel, levels }: SchedulingRules,
  timeRules: readonly string[],
  degraded: readonly DegradationStep[],
): SchedulerAtWorkView {
  return {
    enabled: true,
    policy,
    capacity_model: capacityModel,
    priority_levels: levels.length,
    queued: state.queued,
    queued_bytes: state.queuedBytes,
    in_flight: state.inFlight,
    degraded: [...degraded],
    time_rules: [...timeRules],
    capacity: state.resources.map(capacityView),
    pools: state.pools.map((pool) => poolView(pool, levels.length)),
    refusals: state.refusals.map(({ agoUs, level, tenant, pool, reason }) => ({
      ago_ms: toMillis(agoUs),
      ...levelView(level, levels.length),
      tenant,
      pool,
      reason,
    })),
  };
}

/** A level by number and name. */
export function levelView(level: number, count: number): { readonly priority: number; readonly level: string } {
  return { priority: level, level: levelLabel(level, count) };
}

/** What is foreseen for a call at one pool. */
export function forecastView(forecast: Forecast): PoolOutcome {
  const { outcome, deployment, reason, position, predictedUs, limitUs } = forecast;
  return {
    outcome,
    deployment: deployment ?? null,
    reason: reason ?? null,
    position,
    predicted_wait_ms: toMillis(predictedUs),
    wait_limit_ms: toMillis(limitUs),
  };
}

function capacityView({ id, tokensPerSecond, requestsPerSecond, concurrent, tokenDebt }: CapacityState) {
  return {
    id,
    tokens_per_sec: dimensionView(tokensPerSecond),
    rps: dimensionView(requestsPerSecond),
    concurrent: dimensionView(concurrent),
    token_debt: tokenDebt,
  };
}

function dimensionView({ used, limit }: DimensionState) {
  return { used, limit: limit ?? null };
}

function poolView({ name, deployments, levels, tenants }: PoolState, levelCount: number) {
  return {
    name,
    deployments: deployments.map(({ id, health, inFlight, ceiling, pausedForUs, resources }) => ({
      id,
      health,
      in_flight: inFlight,
      concurrency_limit: ceiling ?? null,
      paused_ms: toMillis(pausedForUs),
      resources: [...resources],
    })),
    levels: levels.map(({ level, queued, queuedBytes, oldestUs, predictedWaitUs }) => ({
      ...levelView(level, levelCount),
      queued,
      queued_bytes: queuedBytes,
      oldest_ms: toMillis(oldestUs),
      predicted_wait_ms: toMillis(predictedWaitUs),
    })),
    tenants: tenants.map(({ tenant, queued, inFlight }) => ({ tenant, queued, in_flight: inFlight })),
  };
}

/** JSON knows no infinity: a wait without end is as long as a number can say. */
function toMillis(micros: number): number {
  return Math.min(Math.round(micros / 1000), Number.MAX_SAFE_INTEGER);
}
