/** The workload families of the virtual token counter (Sheng et al., OSDI 2024): tenants of one level against each other. */
import { describe, expect, test } from "bun:test";
import { increasing, onOff, poisson, steady } from "./arrivals.ts";
import { goodputPerSecond, jainIndex, serviceBy, startedIn, sum, tokensOf, waitsUs, type Window } from "./measures.ts";
import { backlog, measured, mixed, p99Seconds, scene, secondUs, timesCapacity, tokensPerSecond } from "./scene.ts";
import type { SimulatedRequest, Simulation } from "./simulation.ts";

const whole = { fromUs: 0, untilUs: measured.untilUs };
const level = 5;
/** Prompt and answer cost the same, as they do of the bucket: shares are then shares of it. */
const evenCost = { costPermille: { input: 1_000, cached: 1_000, output: 1_000 }, tenantSharePermille: 500 };

function shares(simulation: Simulation, tenants: readonly string[], window: Window = measured): number[] {
  const services = serviceBy(simulation.fates, window, ({ request }) => request.tenant);
  return tenants.map((tenant) => services.get(tenant) ?? 0);
}

function offered(simulation: Simulation, tenant: string): number {
  const { fromUs, untilUs } = measured;
  const sent = simulation.fates.filter(
    (fate) => fate.request.tenant === tenant && fate.arrivedUs >= fromUs && fate.arrivedUs < untilUs,
  );
  return sum(sent.map(tokensOf));
}

function sized(tenant: string, inputTokens: number, outputTokens: number): SimulatedRequest {
  return { tenant, level, inputTokens, outputTokens };
}

describe("two tenants of one level", () => {
  test("T-49 equal and both with work, one sending a hundred times more and longer: Jain index at least 0.99", () => {
    const simulation = scene(11, undefined, evenCost);
    steady(simulation, { ...whole, perSecond: 1_000 }, () => simulation.send(sized("greedy", 1_000, 1_000)));
    steady(simulation, { ...whole, perSecond: 10 }, () => simulation.send(sized("modest", 250, 250)));
    // What cannot be let in is refused: ten a second are still more than its share.
    simulation.run(whole.untilUs);
    expect(jainIndex(shares(simulation, ["greedy", "modest"]))).toBeGreaterThanOrEqual(0.99);
    expect(goodputPerSecond(simulation.fates, measured)).toBeGreaterThanOrEqual(0.95 * tokensPerSecond);
  });

  test("overload: each asks twice its share and gets its share", () => {
    const simulation = scene(12, undefined, evenCost);
    for (const tenant of ["a", "b", "c", "d"]) {
      poisson(simulation, { ...whole, perSecond: timesCapacity(0.5) }, () =>
        simulation.send(mixed(simulation, tenant, level)),
      );
    }
    simulation.run(whole.untilUs);
    expect(jainIndex(shares(simulation, ["a", "b", "c", "d"]))).toBeGreaterThanOrEqual(0.99);
  });

  test("proportional: service follows weight", () => {
    const simulation = scene(13, undefined, evenCost);
    const weights = [1, 2, 4];
    for (const weight of weights) {
      poisson(simulation, { ...whole, perSecond: timesCapacity(1.5) }, () =>
        simulation.send(mixed(simulation, `w${weight}`, level, { weight })),
      );
    }
    simulation.run(whole.untilUs);
    const perWeight = shares(simulation, ["w1", "w2", "w4"]).map((share, index) => share / (weights[index] ?? 1));
    expect(jainIndex(perWeight)).toBeGreaterThanOrEqual(0.99);
  });

  test("on and off below its share: it gets all it asks for, the other the rest, and nothing is wasted", () => {
    const simulation = scene(14, undefined, evenCost);
    onOff(simulation, { ...whole, perSecond: timesCapacity(0.4) }, 10 * secondUs, 10 * secondUs, () =>
      simulation.send(mixed(simulation, "on and off", level)),
    );
    poisson(simulation, { ...whole, perSecond: timesCapacity(2) }, () =>
      simulation.send(mixed(simulation, "always", level)),
    );
    simulation.run(whole.untilUs);
    const [served = 0] = shares(simulation, ["on and off"]);
    expect(served / offered(simulation, "on and off")).toBeGreaterThanOrEqual(0.95);
    expect(goodputPerSecond(simulation.fates, measured)).toBeGreaterThanOrEqual(0.95 * tokensPerSecond);
  });

  test("on and off above its share: while it is on both get the same, and silence earns it nothing", () => {
    const simulation = scene(15, undefined, evenCost);
    onOff(simulation, { ...whole, perSecond: timesCapacity(2) }, 30 * secondUs, 30 * secondUs, () =>
      simulation.send(mixed(simulation, "on and off", level)),
    );
    poisson(simulation, { ...whole, perSecond: timesCapacity(2) }, () =>
      simulation.send(mixed(simulation, "always", level)),
    );
    simulation.run(whole.untilUs);
    const on = { fromUs: 62 * secondUs, untilUs: 90 * secondUs };
    expect(jainIndex(shares(simulation, ["on and off", "always"], on))).toBeGreaterThanOrEqual(0.99);
  });

  test("Poisson, short against long: the same number of tokens each", () => {
    const simulation = scene(16, undefined, evenCost);
    poisson(simulation, { ...whole, perSecond: 60 }, () => simulation.send(sized("short", 50, 50)));
    poisson(simulation, { ...whole, perSecond: 6 }, () => simulation.send(sized("long", 500, 500)));
    simulation.run(whole.untilUs);
    expect(jainIndex(shares(simulation, ["short", "long"]))).toBeGreaterThanOrEqual(0.99);
  });

  test("increase: whoever stays below its share does not feel how the other grows", () => {
    const simulation = scene(17, undefined, evenCost);
    poisson(simulation, { ...whole, perSecond: timesCapacity(0.35) }, () =>
      simulation.send(mixed(simulation, "steady", level)),
    );
    increasing(simulation, { ...whole, perSecond: timesCapacity(4) }, () =>
      simulation.send(mixed(simulation, "growing", level)),
    );
    simulation.run(whole.untilUs);
    const [served = 0] = shares(simulation, ["steady"]);
    expect(served / offered(simulation, "steady")).toBeGreaterThanOrEqual(0.97);
  });

  test("distribution shift: when who asks for more changes, so do the shares", () => {
    const simulation = scene(18, undefined, evenCost);
    const half = 70 * secondUs;
    const phases = [
      { fromUs: 0, untilUs: half, little: "a", much: "b" },
      { fromUs: half, untilUs: 2 * half, little: "b", much: "a" },
    ];
    for (const { little, much, ...span } of phases) {
      poisson(simulation, { ...span, perSecond: timesCapacity(0.25) }, () =>
        simulation.send(mixed(simulation, little, level)),
      );
      poisson(simulation, { ...span, perSecond: timesCapacity(3) }, () =>
        simulation.send(mixed(simulation, much, level)),
      );
    }
    simulation.run(whole.untilUs);
    for (const { fromUs, untilUs, little, much } of phases) {
      const [few = 0, many = 0] = shares(simulation, [little, much], { fromUs: fromUs + 45 * secondUs, untilUs });
      expect(few / (few + many)).toBeGreaterThan(0.2);
      expect(few / (few + many)).toBeLessThan(0.3);
    }
  });

  test("a tenant below its share waits no longer, but for one largest charge, than alone with its share", () => {
    const [mine, largest] = [300, 2_000];
    const simulation = scene(19, undefined, evenCost);
    backlog(simulation, whole, 30, () => sized("heavy", largest / 2, largest / 2));
    poisson(simulation, { ...whole, perSecond: 5 }, () => simulation.send(sized("light", mine / 2, mine / 2)));
    simulation.run(whole.untilUs + 60 * secondUs);
    // Alone with half of the rate each takes so long, one after the other.
    const aloneUs = (2 * mine * secondUs) / tokensPerSecond;
    const waits: { readonly aloneUs: number; readonly besideUs: number }[] = [];
    let freeUs = 0;
    for (const { request, arrivedUs, startedUs } of simulation.fates) {
      if (request.tenant !== "light") continue;
      expect(startedUs).toBeDefined();
      const startUs = Math.max(arrivedUs, freeUs);
      freeUs = startUs + aloneUs;
      waits.push({ aloneUs: startUs - arrivedUs, besideUs: (startedUs ?? 0) - arrivedUs });
    }
    const longestUs = (all: readonly number[]): number => Math.max(...all);
    const largestUs = (largest * secondUs) / tokensPerSecond;
    expect(longestUs(waits.map((wait) => wait.besideUs))).toBeLessThanOrEqual(
      longestUs(waits.map((wait) => wait.aloneUs)) + largestUs,
    );
  });

  test("one elephant and 999 mice: every mouse is let in, and waits no longer than an elephant's request takes", () => {
    const simulation = scene(20, undefined, evenCost);
    backlog(simulation, whole, 100, () => sized("elephant", 2_000, 2_000));
    poisson(simulation, { ...whole, perSecond: 10 }, () =>
      simulation.send(sized(`mouse ${simulation.draws.integer(1, 999)}`, 50, 50)),
    );
    simulation.run(whole.untilUs);
    const mice = simulation.fates.filter(({ request }) => request.tenant !== "elephant");
    expect(mice.filter(({ refused }) => refused !== undefined)).toEqual([]);
    expect(p99Seconds(waitsUs(mice, measured))).toBeLessThanOrEqual((2 * 4_000) / tokensPerSecond);
    expect(startedIn(simulation.fates, measured).length).toBeGreaterThan(mice.length / 2);
  });
});
