import type { Judge } from "#core/scheduler/judgement.ts";
import type { Pool } from "#core/scheduler/pool.ts";
import type { PoolLevel } from "#core/scheduler/pool-level.ts";
import type { Resource } from "#core/scheduler/resource.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";
import type { CapacityState, DeploymentState, LevelState, PoolState, TenantState } from "#core/scheduler/state.ts";
import { microsPerUnit } from "#core/scheduler/bucket.ts";

const mostTenants = 10;
const smallRequest = { inputTokens: 1, cachedTokens: 0, outputTokens: 0 };
/** Nobody is called so; it stands for a tenant that has nothing queued. */
const nobody = "";

/** How a resource stands. */
export function capacityState(nowUs: number, resource: Resource): CapacityState {
  const { id, tokens, requests, concurrent, inFlight, deployments } = resource;
  const debtMicros = Math.max(0, -tokens.levelMicros(nowUs));
  let [tokensMilli, requestsMilli] = [0, 0];
  for (const { served } of deployments) {
    tokensMilli += served.allTokensRateMilli(nowUs);
    requestsMilli += served.allRequestsRateMilli(nowUs);
  }
  return {
    id,
    tokensPerSecond: { used: perSecond(tokensMilli), limit: tokens.rate },
    requestsPerSecond: { used: perSecond(requestsMilli), limit: requests.rate },
    concurrent: { used: inFlight, limit: concurrent },
    tokenDebt: Math.ceil(debtMicros / microsPerUnit),
  };
}

/** A rate per thousand seconds, per second: rounded up, so that few are not shown as none. */
function perSecond(rateMilli: number): number {
  return Math.ceil(rateMilli / 1000);
}

/** How a pool stands: its deployments, its levels, and who waits most. */
export function poolState(nowUs: number, pool: Pool, judge: Judge, rules: SchedulingRules): PoolState {
  return {
    name: pool.name,
    deployments: pool.deployments.map((deployment) => deploymentState(nowUs, deployment)),
    levels: pool.levels.map((level) => levelState(nowUs, pool, level, judge, rules)),
    tenants: tenantStates(pool),
  };
}

function deploymentState(nowUs: number, deployment: ScheduledDeployment): DeploymentState {
  const { id, health, inFlight, ceiling, pausedUntilUs, resources } = deployment;
  const limits = [ceiling, ...resources.map(({ concurrent }) => concurrent)].filter((limit) => limit !== undefined);
  return {
    id,
    health,
    inFlight,
    ceiling: limits.length === 0 ? undefined : Math.min(...limits),
    pausedForUs: Math.max(0, pausedUntilUs - nowUs),
    resources: resources.map((resource) => resource.id),
  };
}

function levelState(
  nowUs: number,
  pool: Pool,
  { level, queued, queuedBytes }: PoolLevel,
  judge: Judge,
  rules: SchedulingRules,
): LevelState {
  const since = pool.lanes.map((lane) => lane.levels[level]?.line.first?.queuedUs ?? nowUs);
  const [fullest] = pool.lanes.toSorted((one, other) => other.queued - one.queued);
  const waits = fullest !== undefined && fullest.choose(nowUs, rules) < 0;
  const offer = { level, tenant: nobody, weight: 1, expected: smallRequest };
  return {
    level,
    queued,
    queuedBytes,
    oldestUs: Math.max(0, ...since.map((sinceUs) => nowUs - sinceUs)),
    predictedWaitUs: waits ? judge.newcomerWaitUs(nowUs, offer, fullest, rules) : 0,
  };
}

function tenantStates({ levels }: Pool): readonly TenantState[] {
  const tenants = new Map<string, { queued: number; inFlight: number }>();
  for (const { accounts } of levels) {
    for (const { tenant, queued, inFlight } of accounts.values()) {
      const sum = tenants.get(tenant) ?? { queued: 0, inFlight: 0 };
      tenants.set(tenant, { queued: sum.queued + queued, inFlight: sum.inFlight + inFlight });
    }
  }
  return [...tenants]
    .filter(([, { queued, inFlight }]) => queued + inFlight > 0)
    .toSorted(([, one], [, other]) => other.queued - one.queued || other.inFlight - one.inFlight)
    .slice(0, mostTenants)
    .map(([tenant, counts]) => ({ tenant, ...counts }));
}
