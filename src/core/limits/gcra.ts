/**
 * The generic cell rate algorithm (GCRA, ITU-T I.371; redis-cell): a limit is one stored number, the theoretical arrival
 * time (TAT) of the next unit if units came exactly at the rate. Whole microseconds of any one clock; pure.
 */

/** So many units in a period, and how many of them may come at once. All whole and positive. */
export interface GcraRate {
  readonly count: number;
  readonly periodUs: number;
  readonly burst: number;
}

/** A limit of which nothing is taken. */
export const untouchedUs = Number.NEGATIVE_INFINITY;

/** What is left of a limit. */
export interface GcraState {
  /** Whole units that may be taken at once. */
  readonly remaining: number;
  /** Until the whole burst may be taken again. */
  readonly resetUs: number;
}

/**
 * How long until `cost` units may be taken: 0 for now. What is more than the burst may be taken when nothing else is: it
 * is then paid for by a longer wait of those that follow, else it could never be.
 */
export function waitUs(rate: GcraRate, tatUs: number, cost: number, nowUs: number): number {
  const first = intervalUs(rate, Math.min(cost, rate.burst));
  return Math.max(0, Math.max(nowUs, tatUs) + first - intervalUs(rate, rate.burst) - nowUs);
}

/** The TAT after `cost` units were taken, allowed or not: what is taken beyond the burst is a debt. */
export function taken(rate: GcraRate, tatUs: number, cost: number, nowUs: number): number {
  return Math.max(nowUs, tatUs) + intervalUs(rate, cost);
}

/**
 * The TAT after `cost` units that were taken came back; `endUs` is the TAT right after they were. What of them time has
 * refilled by now is not given twice, or whoever holds back reservations could take all of them at once.
 */
export function givenBack(rate: GcraRate, tatUs: number, cost: number, endUs: number, nowUs: number): number {
  return tatUs - Math.min(intervalUs(rate, cost), Math.max(0, endUs - nowUs));
}

/** What is left, without changing anything. */
export function stateOf(rate: GcraRate, tatUs: number, nowUs: number): GcraState {
  const resetUs = Math.max(0, tatUs - nowUs);
  const roomUs = intervalUs(rate, rate.burst) - resetUs;
  const room = Math.floor((roomUs * rate.count) / rate.periodUs);
  return { remaining: Math.min(rate.burst, Math.max(0, room)), resetUs };
}

/**
 * Time that `cost` units stand for, rounded up: a limit is never exceeded by rounding. Whole periods and their rest apart,
 * so that products stay exact as long as either the cost or the count is below 2.5 million an hour.
 */
function intervalUs({ count, periodUs }: GcraRate, cost: number): number {
  const rest = cost % count;
  return ((cost - rest) / count) * periodUs + Math.ceil((rest * periodUs) / count);
}
