import { poisson, steady } from "../simulation/arrivals.ts";
import { goodputAt } from "../simulation/goodput.ts";
import { jainIndex, serviceBy, sum, waitsUs } from "../simulation/measures.ts";
import { measured, mixed, p99Seconds, scene, secondUs, standardRules, timesCapacity } from "../simulation/scene.ts";
import type { Row } from "./report.ts";
import { median } from "#core/bench/statistics.ts";

const seeds = [101, 102, 103];
const loads = [2, 5, 10];
const whole = { fromUs: 0, untilUs: measured.untilUs };
/** Shares are judged after a minute: what is saved up at the start is spent by then. */
const long = { fromUs: 60 * secondUs, untilUs: 660 * secondUs };
const level = 5;

/** What the scheduler makes of too little capacity, in the simulation: medians over seeds, the same on every machine. */
export function schedulerSimulation(): Row[] {
  return [...goodputRows("tokens"), ...goodputRows("slots"), p0Wait(), floorOfP9(), jain()];
}

function goodputRows(scarce: "tokens" | "slots"): Row[] {
  const goodputs = loads.map((load) => overSeeds((seed) => goodputAt({ load, scarce, seed })));
  const rows = loads.map((load, index) => ({
    what: `goodput at ${load} times capacity, ${scarce} scarce`,
    unit: "of capacity",
    gateway: goodputs[index] ?? Number.NaN,
    bar: { atLeast: 0.95 },
  }));
  const spread = Math.max(...goodputs) - Math.min(...goodputs);
  return [
    ...rows,
    { what: `goodput, most less least, ${scarce} scarce`, unit: "of capacity", gateway: spread, bar: { atMost: 0.05 } },
  ];
}

/** P0 alone asks for one and a half times what there is. */
function p0Wait(): Row {
  const waitSeconds = overSeeds((seed) => {
    const simulation = scene(seed);
    poisson(simulation, { ...whole, perSecond: timesCapacity(1.5) }, () => {
      simulation.send(mixed(simulation, `t${simulation.draws.integer(0, 9)}`, 0));
    });
    simulation.run(whole.untilUs);
    return p99Seconds(waitsUs(simulation.fates, measured));
  });
  const budgetSeconds = (standardRules.levels[0]?.waitBudgetUs ?? Number.NaN) / secondUs;
  return {
    what: "P0 wait at 1.5 times capacity, p99 (ratio: of its budget)",
    unit: "s",
    gateway: waitSeconds,
    ratio: waitSeconds / budgetSeconds,
    bar: { atMost: 1.1 },
  };
}

/** P0 asks for three times what there is, the others for a little each. */
function floorOfP9(): Row {
  const share = overSeeds((seed) => {
    const simulation = scene(seed);
    poisson(simulation, { fromUs: 0, untilUs: long.untilUs, perSecond: timesCapacity(3) }, () => {
      simulation.send(mixed(simulation, "flood", 0));
    });
    for (let lower = 1; lower < standardRules.levels.length; lower += 1) {
      poisson(simulation, { fromUs: 0, untilUs: long.untilUs, perSecond: timesCapacity(0.05) }, () => {
        simulation.send(mixed(simulation, "other", lower));
      });
    }
    simulation.run(long.untilUs);
    const services = serviceBy(simulation.fates, long, ({ request }) => `P${request.level}`);
    return (services.get("P9") ?? 0) / sum([...services.values()]);
  });
  const floor = (standardRules.levels[9]?.floorPermille ?? Number.NaN) / 1_000;
  return {
    what: "P9 under a flood of P0 (ratio: of its floor)",
    unit: "% of service",
    gateway: 100 * share,
    ratio: share / floor,
    bar: { atLeast: 0.9 },
  };
}

/** Two tenants with work at all times, one sending a hundred times more, and longer. */
function jain(): Row {
  const costs = { costPermille: { input: 1_000, cached: 1_000, output: 1_000 }, tenantSharePermille: 500 };
  const index = overSeeds((seed) => {
    const simulation = scene(seed, undefined, costs);
    const send = (tenant: string, tokens: number) => () => {
      simulation.send({ tenant, level, inputTokens: tokens, outputTokens: tokens });
    };
    steady(simulation, { ...whole, perSecond: 1_000 }, send("greedy", 1_000));
    steady(simulation, { ...whole, perSecond: 10 }, send("modest", 250));
    simulation.run(whole.untilUs);
    const services = serviceBy(simulation.fates, measured, ({ request }) => request.tenant);
    return jainIndex(["greedy", "modest"].map((tenant) => services.get(tenant) ?? 0));
  });
  return {
    what: "Jain index of two tenants, one asking 100 times more",
    unit: "",
    gateway: index,
    bar: { atLeast: 0.99 },
  };
}

function overSeeds(measure: (seed: number) => number): number {
  return median(
    seeds.map((seed) => {
      process.stderr.write(".");
      return measure(seed);
    }),
  );
}
