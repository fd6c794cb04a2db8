import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import { type Demand, leasePeriodMs } from "#core/sharing/shared-capacity.ts";
import type { CapacityState, SchedulerState } from "#core/scheduler/state.ts";

/** Tokens of a request of which nothing is known. */
const usualRequestTokens = 1_000;

/** Even an idle node wants this part of a limit, so that the first requests to come may start. */
const idlePart = 32;

/** What a node would use of a resource in the next lease, told from its scheduler: twice what it used, and what waits. */
export function demandOf(state: SchedulerState, resource: string, limits: CapacityLimits): Demand {
  const capacity = state.resources.find(({ id }) => id === resource);
  const waiting = waitingFor(state, resource);
  const { tokensPerSecond: tokens, requestsPerSecond: requests } = capacity ?? unused;
  const perRequest = requests.used > 0 ? Math.ceil(tokens.used / requests.used) : usualRequestTokens;
  return {
    tokens: next(tokens.used, limits.tokensPerSecond) + waiting * perRequest + (capacity?.tokenDebt ?? 0),
    requests: next(requests.used, limits.requestsPerSecond) + waiting,
    running: capacity?.concurrent.used ?? 0,
    waiting,
  };
}

const unused: Pick<CapacityState, "tokensPerSecond" | "requestsPerSecond"> = {
  tokensPerSecond: { used: 0, limit: undefined },
  requestsPerSecond: { used: 0, limit: undefined },
};

function next(usedPerSecond: number, limitPerSecond = 0): number {
  return Math.ceil(((2 * usedPerSecond + limitPerSecond / idlePart) * leasePeriodMs) / 1_000);
}

/** Requests that wait in a pool where the resource is drawn on: some of them may get along without it. */
function waitingFor({ pools }: SchedulerState, resource: string): number {
  let waiting = 0;
  for (const { deployments, levels } of pools) {
    if (!deployments.some(({ resources }) => resources.includes(resource))) continue;
    for (const { queued } of levels) waiting += queued;
  }
  return waiting;
}
