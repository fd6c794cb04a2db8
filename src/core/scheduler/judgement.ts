import { bottlenecksOf } from "#core/scheduler/bottleneck.ts";
import type { CapacityMap } from "#core/scheduler/capacity-map.ts";
import type { Forecast } from "#core/scheduler/forecast.ts";
import type { Lane } from "#core/scheduler/lane.ts";
import type { Offer } from "#core/scheduler/offer.ts";
import { predictedWaitUs, type Waiter } from "#core/scheduler/predicted-wait.ts";
import type { QueueBounds } from "#core/scheduler/queue-bounds.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { serviceOf, type ScheduledRequest } from "#core/scheduler/scheduled-request.ts";

/** Nobody is let in to wait longer, as foreseen. */
const longestBudgetUs = 60_000_000;
/** Of the time that a caller has left, waiting may take this part. */
const deadlineParts = 4;

/** What becomes of an offer. */
export interface Judgement {
  readonly outcome: Forecast["outcome"];
  readonly reason: Forecast["reason"];
  /** Index of the deployment in the lane; -1 when it does not go at once. */
  readonly chosen: number;
  readonly predictedUs: number;
  readonly limitUs: number;
}

/** Judges offers without changing anything: the one truth behind `offer` and `forecast`. */
export class Judge {
  strained = false;
  readonly #capacity: CapacityMap;
  readonly #bounds: QueueBounds;

  constructor(capacity: CapacityMap, bounds: QueueBounds) {
    this.#capacity = capacity;
    this.#bounds = bounds;
  }

  /** To be asked when everybody who can start has started: then whoever finds room need not look at the queue. */
  judge(nowUs: number, offer: ScheduledRequest, rules: SchedulingRules): Judgement {
    const { lane } = offer;
    if (offer.deadlineUs <= nowUs) return refused("deadline_exceeded");
    const chosen = lane.choose(nowUs, rules);
    if (chosen >= 0) return { outcome: "dispatch", reason: undefined, chosen, predictedUs: 0, limitUs: 0 };
    if (lane.isHopeless(nowUs, rules)) return refused("no_capacity");
    const limitUs = this.limitUs(nowUs, offer, rules);
    const predictedUs = this.newcomerWaitUs(nowUs, offer, lane, rules);
    // A pause is certain, so that waiting for its end would be in vain.
    if (lane.pausedForUs(nowUs) > limitUs) return refused("no_capacity", predictedUs, limitUs);
    if (predictedUs > limitUs && !this.#isAlone(lane, offer.level))
      return refused("predicted_wait", predictedUs, limitUs);
    const hasRoom = this.#bounds.canFit(offer, rules);
    if (!hasRoom) return refused("queue_full", predictedUs, limitUs);
    return { outcome: "queue", reason: undefined, chosen, predictedUs, limitUs };
  }

  /** The wait that is foreseen for one that comes now and cannot go at once. */
  newcomerWaitUs(
    nowUs: number,
    { level, tenant, weight, expected }: Pick<Offer, "level" | "tenant" | "weight" | "expected">,
    lane: Lane,
    rules: SchedulingRules,
  ): number {
    const account = lane.pool.levels[level]?.accounts.get(tenant);
    const ahead = { tokensBefore: account?.queuedTokens ?? 0, requestsBefore: account?.queued ?? 0 };
    return this.#waitUs(nowUs, { lane, level, tenant, weight, expected }, ahead, false, rules);
  }

  /** The wait that is foreseen for one that is in the queue. */
  queuedWaitUs(nowUs: number, request: ScheduledRequest, rules: SchedulingRules): number {
    let [tokensBefore, requestsBefore] = [0, 0];
    for (const earlier of request.queue?.line ?? []) {
      if (earlier === request) break;
      tokensBefore += earlier.charge;
      requestsBefore += 1;
    }
    return this.#waitUs(nowUs, request, { tokensBefore, requestsBefore }, true, rules);
  }

  #waitUs(
    nowUs: number,
    {
      lane,
      level,
      tenant,
      weight,
      expected,
    }: Pick<ScheduledRequest, "lane" | "level" | "tenant" | "weight" | "expected">,
    ahead: Pick<Waiter, "tokensBefore" | "requestsBefore">,
    isQueued: boolean,
    rules: SchedulingRules,
  ): number {
    const [all, place] = [lane.pool.levels[level], lane.levels[level]];
    if (all === undefined || place === undefined) return 0;
    const account = all.accounts.get(tenant);
    const lead = all.leadOf(tenant, place) / serviceOf(expected, weight, rules.costPermille);
    const waiter: Waiter = {
      lane,
      level,
      account,
      weight,
      activeWeight: all.activeWeight + ((account?.queued ?? 0) > 0 ? 0 : weight),
      presentWeight: all.presentWeight + (account?.isPresent === true ? 0 : weight),
      tokens: expected.inputTokens + expected.outputTokens,
      isQueued,
      lead,
      ...ahead,
    };
    return predictedWaitUs(nowUs, waiter, this.#bottlenecks(lane), rules);
  }

  /** The longest wait that it would be let in for. */
  limitUs(nowUs: number, { lane, level, tenant, deadlineUs }: ScheduledRequest, rules: SchedulingRules): number {
    const allowedUs = rules.levels[level]?.waitBudgetUs ?? 0;
    const standing = lane.pool.levels[level]?.accounts.get(tenant)?.standing;
    const budgetUs = standing?.budgetUs(allowedUs) ?? allowedUs;
    const leftUs = Math.floor((deadlineUs - nowUs) / deadlineParts);
    const limitUs = Math.min(budgetUs, leftUs, longestBudgetUs);
    return this.strained ? Math.floor(limitUs / 2) : limitUs;
  }

  /** Whether nobody of its level waits for the same deployments: one is always let in, or a small budget would shut for ever. */
  #isAlone(lane: Lane, level: number): boolean {
    const [own] = this.#bottlenecks(lane);
    return own?.rivals.every((rival) => rival.lane.levels[level]?.line.size === 0) ?? true;
  }

  #bottlenecks(lane: Lane): ReturnType<typeof bottlenecksOf> {
    lane.bottlenecks ??= bottlenecksOf(lane, this.#capacity.lanes.values());
    return lane.bottlenecks;
  }
}

function refused(reason: Judgement["reason"], predictedUs = 0, limitUs = 0): Judgement {
  return { outcome: "refuse", reason, chosen: -1, predictedUs, limitUs };
}
