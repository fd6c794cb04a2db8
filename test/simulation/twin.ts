import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { simpleWorld } from "../property/scheduler/world.ts";
import { Draws } from "./draws.ts";
import { sum, type Window } from "./measures.ts";
import { secondUs, standardRules } from "./scene.ts";
import { Simulation } from "./simulation.ts";

/** One request of a workload that is played twice: to the simulation, and over HTTP to the program. */
export interface TwinRequest {
  readonly atUs: number;
  readonly tenant: string;
  readonly level: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How long the model takes for it. */
  readonly serviceMs: number;
}

/** When a request of a workload went to the model; undefined when it was refused or still waits. */
export interface TwinFate {
  readonly request: TwinRequest;
  readonly startedUs: number | undefined;
}

/** A workload, and what of capacity is scarce under it. */
export interface TwinScene {
  readonly limits: CapacityLimits;
  readonly rules: Partial<SchedulingRules>;
  readonly firstContentMs: number;
  readonly tokenGapMs: number;
  /** Output that the program has come to expect: the third quartile of what comes. */
  readonly expectedOutputTokens: number;
  readonly streams: readonly TwinStream[];
}

/** Requests of one tenant and level, Poisson. */
export interface TwinStream {
  readonly tenant: string;
  readonly level: number;
  readonly perSecond: number;
}

/** Input and output of a request, each. */
const [fewest, most] = [50, 250];

/** Floors large enough to be seen within a minute: a tenth for the lowest level. */
export const floorsPercent = [0, 1, 1, 1, 1, 1, 1, 1, 1, 10] as const;
const levels = standardRules.levels.map((level, index) => ({
  ...level,
  floorPermille: 10 * (floorsPercent[index] ?? 0),
}));

/** Four levels, and in the one that has to share three tenants that ask for more, for about as much and for less than their share. */
function streamsOf(perSecond: number): readonly TwinStream[] {
  return [
    { tenant: "a", level: 0, perSecond: 0.15 * perSecond },
    { tenant: "b", level: 2, perSecond: 0.15 * perSecond },
    { tenant: "a", level: 5, perSecond: 0.35 * perSecond },
    { tenant: "b", level: 5, perSecond: 0.1 * perSecond },
    { tenant: "c", level: 5, perSecond: 0.05 * perSecond },
    { tenant: "c", level: 9, perSecond: 0.2 * perSecond },
  ];
}

/** Twice what there is: ten slots of a fifth of a second, or three thousand tokens a second of ten requests. */
export const twinScenes: Readonly<Record<"slots" | "tokens", TwinScene>> = {
  slots: {
    limits: { concurrent: 10 },
    rules: { levels, capacityModel: "simple" },
    firstContentMs: 50,
    tokenGapMs: 1,
    expectedOutputTokens: 200,
    streams: streamsOf(100),
  },
  tokens: {
    limits: { tokensPerSecond: 9_000 },
    rules: { levels },
    firstContentMs: 50,
    tokenGapMs: 1,
    expectedOutputTokens: 200,
    streams: streamsOf(60),
  },
};

/** The requests of a scene in the order of their coming; the same seed makes the same. */
export function twinWorkload(
  { firstContentMs, tokenGapMs, streams }: TwinScene,
  seed: number,
  seconds: number,
): TwinRequest[] {
  const draws = new Draws(seed);
  const requests: TwinRequest[] = [];
  for (const { tenant, level, perSecond } of streams) {
    const meanUs = secondUs / perSecond;
    for (let atUs = draws.gap(meanUs); atUs < seconds * secondUs; atUs += draws.gap(meanUs)) {
      const [inputTokens, outputTokens] = [draws.integer(fewest, most), draws.integer(fewest, most)];
      const serviceMs = firstContentMs + outputTokens * tokenGapMs;
      requests.push({ atUs, tenant, level, inputTokens, outputTokens, serviceMs });
    }
  }
  return requests.toSorted((one, other) => one.atUs - other.atUs);
}

/** What the simulation makes of a workload. */
export function simulateTwin(scene: TwinScene, workload: readonly TwinRequest[], seconds: number): TwinFate[] {
  const { limits, rules, firstContentMs, tokenGapMs, expectedOutputTokens } = scene;
  const upstream = { firstContentUs: 1_000 * firstContentMs, spread: 0, tokenGapUs: 1_000 * tokenGapMs };
  const simulation = new Simulation(simpleWorld(limits, { ...standardRules, ...rules }), upstream, 1);
  for (const { atUs, tenant, level, inputTokens, outputTokens } of workload) {
    const expected = { inputTokens, cachedTokens: 0, outputTokens: expectedOutputTokens };
    simulation.events.at(atUs, () => simulation.send({ tenant, level, inputTokens, outputTokens, expected }));
  }
  simulation.run(seconds * secondUs);
  const fates = simulation.fates.map(({ startedUs }) => startedUs);
  return workload.map((request, index) => ({ request, startedUs: fates[index] }));
}

/** Tokens of what went to the model in the window, of those that `counts` chooses. */
export function servedTokens(
  fates: readonly TwinFate[],
  { fromUs, untilUs }: Window,
  counts: (request: TwinRequest) => boolean = () => true,
): number {
  const served = fates.filter(
    ({ request, startedUs = -1 }) => startedUs >= fromUs && startedUs < untilUs && counts(request),
  );
  return sum(served.map(({ request }) => request.inputTokens + request.outputTokens));
}
