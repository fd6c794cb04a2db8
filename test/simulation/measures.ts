import type { Fate } from "./simulation.ts";

/** The part of a run that is measured. */
export interface Window {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Input and output of a request, as it really was. */
export function tokensOf({ request }: Fate): number {
  return request.inputTokens + request.outputTokens;
}

/** Requests that were let through in the window. */
export function startedIn(fates: readonly Fate[], { fromUs, untilUs }: Window): Fate[] {
  return fates.filter(({ startedUs = -1 }) => startedUs >= fromUs && startedUs < untilUs);
}

/** Tokens a second of requests that were let through in the window and answered while somebody waited for it. */
export function goodputPerSecond(fates: readonly Fate[], window: Window): number {
  const useful = startedIn(fates, window).filter((fate) => fate.left !== true);
  return (sum(useful.map(tokensOf)) * 1_000_000) / (window.untilUs - window.fromUs);
}

/** Tokens of requests that were let through in the window, by whatever `of` says of them. */
export function serviceBy(fates: readonly Fate[], window: Window, of: (fate: Fate) => string): Map<string, number> {
  const services = new Map<string, number>();
  for (const fate of startedIn(fates, window)) {
    services.set(of(fate), (services.get(of(fate)) ?? 0) + tokensOf(fate));
  }
  return services;
}

/** Waits of those that arrived in the window and were let through, microseconds, shortest first. */
export function waitsUs(fates: readonly Fate[], { fromUs, untilUs }: Window): number[] {
  return fates
    .filter(({ arrivedUs }) => arrivedUs >= fromUs && arrivedUs < untilUs)
    .flatMap(({ startedUs, arrivedUs }) => (startedUs === undefined ? [] : [startedUs - arrivedUs]))
    .toSorted((one, other) => one - other);
}

/** The value below which so many hundredths of sorted values lie; 0 of none. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

/** Jain's index of fairness (Jain, Chiu and Hawe 1984): 1 when all are equal, 1/n when one has everything. */
export function jainIndex(values: readonly number[]): number {
  const squares = sum(values.map((value) => value * value));
  return squares === 0 ? 1 : sum(values) ** 2 / (values.length * squares);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
