import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { simpleWorld } from "../property/scheduler/world.ts";
import { percentile, type Window } from "./measures.ts";
import { type SimulatedRequest, Simulation, type UpstreamModel } from "./simulation.ts";

export const secondUs = 1_000_000;

/** What the scheduler is told when nobody configures anything else. */
export const standardRules: SchedulingRules = {
  capacityModel: "multi_dimensional",
  policy: "hybrid",
  levels: Array.from({ length: 10 }, (_, level) => ({
    floorPermille: level === 0 ? 0 : 10,
    weight: Math.round(1_000 / 1.5 ** level),
    waitBudgetUs: (level < 2 ? 2 : level < 5 ? 5 : level < 8 ? 15 : 60) * secondUs,
  })),
  maxAgeUs: 60 * secondUs,
  queueTimeoutUs: 90 * secondUs,
  maxQueued: 2_000,
  tenantSharePermille: 250,
  maxQueuedBytes: 256 * 2 ** 20,
  costPermille: { input: 1_000, cached: 100, output: 4_000 },
  probes: 1,
};

/** 300 ms to first content, half of them between 200 and 450, then 100 tokens a second. */
export const modelServer: UpstreamModel = { firstContentUs: 300_000, spread: 0.6, tokenGapUs: 10_000 };

/** What the model server of most scenes can do: about twenty requests a second. */
export const tokensPerSecond = 6_000;

/** Tokens of the mean request of `mixed`. */
export const meanTokens = 300;

/** How long the measured part of most scenes lasts, after twenty seconds to settle. */
export const measured: Window = { fromUs: 20 * secondUs, untilUs: 140 * secondUs };

/** A scene of one deployment, by default limited in tokens a second alone. */
export function scene(
  seed: number,
  limits: CapacityLimits = { tokensPerSecond },
  rules: Partial<SchedulingRules> = {},
): Simulation {
  return new Simulation(simpleWorld(limits, { ...standardRules, ...rules }), modelServer, seed);
}

/** A request between 50 and 250 tokens of prompt, and as many of answer. */
export function mixed(
  simulation: Simulation,
  tenant: string,
  level: number,
  rest: Partial<SimulatedRequest> = {},
): SimulatedRequest {
  const { draws } = simulation;
  return { tenant, level, inputTokens: draws.integer(50, 250), outputTokens: draws.integer(50, 250), ...rest };
}

/** Requests a second of `mixed` that are so many times what the scene can do. */
export function timesCapacity(times: number): number {
  return (times * tokensPerSecond) / meanTokens;
}

/** A client that does as it is told: it comes back when it was told to, with a little jitter, until it is let in or gives up. */
export function sendObediently(simulation: Simulation, make: () => SimulatedRequest, attempts: number): void {
  simulation.send(make(), {
    refused: (retryAfterMs = 1_000) => {
      if (attempts <= 1) return;
      const jitterMs = simulation.draws.integer(0, Math.ceil(retryAfterMs / 10));
      simulation.events.after((retryAfterMs + jitterMs) * 1_000, () => sendObediently(simulation, make, attempts - 1));
    },
  });
}

/** Keeps `depth` requests of a tenant waiting, all through the window. Whoever is refused comes back in a fifth of a second. */
export function backlog(simulation: Simulation, window: Window, depth: number, make: () => SimulatedRequest): void {
  const send = (): void => {
    if (simulation.nowUs >= window.untilUs) return;
    simulation.send(make(), { started: send, refused: () => simulation.events.after(200_000, send) });
  };
  for (let index = 0; index < depth; index += 1) simulation.events.at(window.fromUs, send);
}

/** The wait below which 99 of 100 lie, seconds. */
export function p99Seconds(waits: readonly number[]): number {
  return percentile(waits, 99) / secondUs;
}
