import { mostUnits } from "#core/scheduler/bucket.ts";
import type { HeapItem } from "#core/scheduler/indexed-heap.ts";
import type { Lane } from "#core/scheduler/lane.ts";
import type { LineNode } from "#core/scheduler/line.ts";
import type { CallTokens, Offer, Ticket } from "#core/scheduler/offer.ts";
import type { PoolLevel } from "#core/scheduler/pool-level.ts";
import type { Resource } from "#core/scheduler/resource.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";
import type { TenantAccount, TenantQueue } from "#core/scheduler/tenant-account.ts";

/** Most that one call counts for, in thousandths of a token of input. */
const mostCost = 1_000_000_000_000;
/** Service is kept in so many parts of a cost, so that dividing by a weight loses little. */
const costParts = 1000;

/** An offer from its coming to its end, and everything that was taken for it. */
export class ScheduledRequest implements HeapItem {
  /** Place in the heap of those that will expire. */
  heapIndex = -1;
  readonly ticket: Ticket;
  readonly lane: Lane;
  readonly level: number;
  readonly tenant: string;
  readonly weight: number;
  readonly bytes: number;
  readonly expected: CallTokens;
  readonly queuedUs: number;
  readonly expiresUs: number;
  /** The end of time where there is none. */
  readonly deadlineUs: number;
  /** First arrival at the gateway. */
  readonly arrivedUs: number;
  /** How many were before it when it came, and the wait that was foreseen then. */
  position = 0;
  predictedUs = 0;
  /** Its place among those of its tenant, by first arrival; undefined while it has none. */
  inTenant: LineNode<ScheduledRequest> | undefined = undefined;
  /** Its place among those of its level, by coming into the queue. */
  inLevel: LineNode<ScheduledRequest> | undefined = undefined;
  /** Where it waits; undefined while it does not. */
  queue: TenantQueue | undefined = undefined;
  /** What it runs on and is accounted to; undefined until dispatched. */
  run: Run | undefined = undefined;

  /** Makes every number of the offer whole and brings it into bounds, so that nothing after it has to ask. */
  constructor(ticket: Ticket, lane: Lane, offer: Offer, nowUs: number, { levels, queueTimeoutUs }: SchedulingRules) {
    this.ticket = ticket;
    this.lane = lane;
    this.level = whole(offer.level, 0, levels.length - 1);
    this.tenant = offer.tenant;
    this.weight = whole(offer.weight, 1, 1000);
    this.bytes = whole(offer.bytes, 0, Number.MAX_SAFE_INTEGER / 2 ** 21);
    this.expected = tidiedTokens(offer.expected);
    this.arrivedUs = whole(offer.arrivedUs, 0, nowUs);
    this.deadlineUs = whole(offer.deadlineUs ?? Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER);
    this.queuedUs = nowUs;
    this.expiresUs = Math.min(this.deadlineUs, nowUs + queueTimeoutUs);
  }

  /** Tokens that it takes of a bucket, as expected. */
  get charge(): number {
    return this.expected.inputTokens + this.expected.outputTokens;
  }
}

/** What a dispatched request has taken. */
export interface Run {
  readonly deployment: ScheduledDeployment;
  /** What the deployment drew on when it went: there its charge is corrected, whatever was declared since. */
  readonly resources: readonly Resource[];
  readonly account: TenantAccount;
  readonly level: PoolLevel;
  readonly dispatchedUs: number;
  /** Recoveries of the deployment until then, where it went as a trial. */
  readonly trialAfter: number | undefined;
  /** It went because its level was owed service, and not by order alone. */
  readonly byFloor: boolean;
  /** Whether tokens were taken of the buckets. */
  readonly countsTokens: boolean;
  charged: CallTokens;
  /** Service that its tenant has been charged, as `serviceOf` counts. */
  service: number;
}

/** Scheduling cost divided by weight: what a tenant's counter goes up by. */
export function serviceOf(tokens: CallTokens, weight: number, costPermille: SchedulingRules["costPermille"]): number {
  const cost = costOf(tokens, costPermille);
  return Math.floor((Math.min(mostCost, Math.max(1, cost)) * costParts) / weight);
}

/** What tokens cost the scheduler, in thousandths of a token. */
export function costOf(
  { inputTokens, cachedTokens, outputTokens }: CallTokens,
  { input, cached, output }: SchedulingRules["costPermille"],
): number {
  return (inputTokens - cachedTokens) * input + cachedTokens * cached + outputTokens * output;
}

/** Counts of tokens, whole and in bounds. */
export function tidiedTokens(tokens: CallTokens): CallTokens {
  const inputTokens = whole(tokens.inputTokens, 0, mostUnits / 2);
  return {
    inputTokens,
    cachedTokens: whole(tokens.cachedTokens, 0, inputTokens),
    outputTokens: whole(tokens.outputTokens, 0, mostUnits / 2),
  };
}

function whole(value: number, least: number, most: number): number {
  return value >= least ? Math.floor(Math.min(value, most)) : least;
}
