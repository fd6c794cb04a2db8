import type { Bottleneck } from "#core/scheduler/bottleneck.ts";
import { type Dimension, type Flow, flowOf } from "#core/scheduler/flow.ts";
import type { Lane } from "#core/scheduler/lane.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { foreseenFromUs, type ServedWindow } from "#core/scheduler/served-window.ts";
import type { TenantAccount } from "#core/scheduler/tenant-account.ts";

/** Whose wait is to be foreseen. */
export interface Waiter {
  readonly lane: Lane;
  readonly level: number;
  /** Undefined for a tenant that was not here lately. */
  readonly account: TenantAccount | undefined;
  /** Its tenant's share of the level. */
  readonly weight: number;
  /** Weights of all tenants of its level that wait, its own among them. */
  readonly activeWeight: number;
  /** Those that have something running too: they may be back before a long queue has gone. */
  readonly presentWeight: number;
  /** Itself, and whether it is in the queue or only asks. */
  readonly tokens: number;
  readonly isQueued: boolean;
  /** By how many requests like itself its tenant has been served more than another that waits. */
  readonly lead: number;
  /** What its tenant has in the queue before it. */
  readonly tokensBefore: number;
  readonly requestsBefore: number;
}

interface Question {
  readonly nowUs: number;
  readonly waiter: Waiter;
  readonly bottleneck: Bottleneck;
  readonly dimension: Dimension;
}

/** Longer is not told apart. */
const longestUs = 3_600_000_000;

/**
 * The wait that is foreseen: the longest over everything that may hold its lane up and each dimension of that, after the
 * pause that a provider asked for. Its own level counts up to the waiter's fair share, so that the queue of one heavy
 * tenant does not keep the light ones out.
 */
export function predictedWaitUs(
  nowUs: number,
  waiter: Waiter,
  bottlenecks: readonly Bottleneck[],
  rules: SchedulingRules,
): number {
  let waitUs = 0;
  for (const bottleneck of bottlenecks) {
    if (rules.capacityModel !== "simple")
      waitUs = Math.max(waitUs, waitFor(nowUs, waiter, bottleneck, "tokens", rules));
    waitUs = Math.max(waitUs, waitFor(nowUs, waiter, bottleneck, "requests", rules));
    waitUs = Math.max(waitUs, waitFor(nowUs, waiter, bottleneck, "slots", rules));
  }
  return Math.min(longestUs, waitUs + waiter.lane.pausedForUs(nowUs));
}

function waitFor(
  nowUs: number,
  waiter: Waiter,
  bottleneck: Bottleneck,
  dimension: Dimension,
  rules: SchedulingRules,
): number {
  const flow = flowOf(nowUs, bottleneck, dimension);
  if (flow === undefined) return 0;
  const { level } = waiter;
  const question = { nowUs, waiter, bottleneck, dimension };
  const inOrder = (floors: SchedulingRules | undefined): number => {
    const rateMilli = left(question, flow, floors);
    return timeFor(better(question) + ownAhead(question, rateMilli), flow, rateMilli);
  };
  // By its share it waits for its own level only, however much more urgent work there is.
  const byShare = (part: number, whole: number): number => {
    const rateMilli = Math.floor((flow.rateMilli * part) / whole);
    const debtUs = timeFor(0, { ...flow, needMicros: 0 }, flow.rateMilli);
    const free = { ...flow, levelMicros: Math.max(0, flow.levelMicros) };
    return Math.min(longestUs, debtUs + timeFor(ownAhead(question, rateMilli), free, rateMilli));
  };
  switch (rules.policy) {
    case "strict":
      return inOrder(undefined);
    case "hybrid":
      return level === 0
        ? inOrder(rules)
        : Math.min(inOrder(rules), byShare(rules.levels[level]?.floorPermille ?? 0, 1000));
    case "weighted":
      return byShare(rules.levels[level]?.weight ?? 1, activeLevelWeight(waiter, rules));
  }
}

/** Work of better levels. */
function better({ waiter, bottleneck, dimension }: Question): number {
  let units = 0;
  for (const { lane, permille } of bottleneck.rivals) {
    for (let above = 0; above < waiter.level; above += 1) units += unitsAt(lane, above, dimension) * permille;
  }
  return Math.floor(units / 1000);
}

/**
 * Work of its own level that goes before it: all that waits, or as much as fairness lets go first. What its own tenant has
 * before it goes at the tenant's part of the level's rate: its fair share, or what others did not take lately.
 */
function ownAhead({ nowUs, waiter, bottleneck, dimension }: Question, rateMilli: number): number {
  const { level, weight, activeWeight, presentWeight, isQueued, account } = waiter;
  const inTokens = dimension === "tokens";
  let units = 0;
  for (const { lane, permille } of bottleneck.rivals) units += unitsAt(lane, level, dimension) * permille;
  const itself = inTokens ? waiter.tokens : 1;
  const before = inTokens ? waiter.tokensBefore : waiter.requestsBefore;
  const lead = Math.floor(itself * waiter.lead);
  const all = Math.max(0, Math.floor(units / 1000) - (isQueued ? itself : 0));
  const byTurns = Math.min(all, Math.floor(((before + lead + itself) * activeWeight) / weight));
  if (before + lead === 0 || rateMilli <= 0) return byTurns;
  const own = account === undefined ? 0 : lately(nowUs, account.served, 0, dimension);
  const othersMilli = Math.max(0, latelyAt(nowUs, bottleneck, level, dimension) - own);
  const mineMilli = Math.max(1, Math.floor((rateMilli * weight) / presentWeight), rateMilli - othersMilli);
  // While its own goes, and until it has no lead any more, others take their part.
  const slowed = before + lead + (before > 0 ? itself : 0);
  return Math.max(byTurns, before + Math.ceil((slowed * (rateMilli - mineMilli)) / mineMilli));
}

function latelyAt(nowUs: number, { deployments }: Bottleneck, level: number, dimension: Dimension): number {
  let rateMilli = 0;
  for (const { served } of deployments) rateMilli += lately(nowUs, served, level, dimension);
  return rateMilli;
}

function lately(nowUs: number, served: ServedWindow, level: number, dimension: Dimension): number {
  return dimension === "tokens" ? served.tokenRateMilli(nowUs, level) : served.requestRateMilli(nowUs, level);
}

function unitsAt(lane: Lane, level: number, dimension: Dimension): number {
  const place = lane.levels[level];
  if (place === undefined) return 0;
  return dimension === "tokens" ? place.tokens : place.line.size;
}

/** What is left of a rate for a level after what better ones take, as they lately did, and what others own of it. */
function left(
  { nowUs, waiter, bottleneck, dimension }: Question,
  { rateMilli }: Flow,
  floors: SchedulingRules | undefined,
): number {
  let [taken, better, counted] = [0, 0, 0];
  for (const { level: other, queued } of waiter.lane.pool.levels) {
    if (other === waiter.level) continue;
    const owns = floors !== undefined && other > 0 && queued > 0 ? (floors.levels[other]?.floorPermille ?? 0) : 0;
    const took = other < waiter.level ? latelyAt(nowUs, bottleneck, other, dimension) : 0;
    if (other < waiter.level) counted += latelyAt(nowUs, bottleneck, other, "requests");
    better += took;
    taken += Math.max(took, Math.floor((rateMilli * owns) / 1000));
  }
  // What comes by chance varies by the root of its number; this much more may come than came lately.
  const samples = Math.max(1, Math.floor((counted * foreseenFromUs) / 1_000_000_000));
  return rateMilli - taken - Math.floor(better / Math.sqrt(samples));
}

/** Microseconds until so many units have gone before and one more may start, at this rate. */
function timeFor(units: number, { levelMicros, needMicros }: Flow, rateMilli: number): number {
  const missing = units * 1_000_000 + needMicros - levelMicros;
  if (missing <= 0) return 0;
  return rateMilli <= 0 ? longestUs : Math.min(longestUs, Math.ceil((missing * 1000) / rateMilli));
}

function activeLevelWeight({ lane, level }: Waiter, { levels }: SchedulingRules): number {
  let weight = 0;
  for (const { level: other, queued } of lane.pool.levels) {
    if (other === level || queued > 0) weight += levels[other]?.weight ?? 1;
  }
  return weight;
}
