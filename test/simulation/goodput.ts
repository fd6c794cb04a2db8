import { standardRules } from "./scene.ts";
import { poisson } from "./arrivals.ts";
import { goodputPerSecond } from "./measures.ts";
import { meanTokens, measured, mixed, scene, secondUs, tokensPerSecond } from "./scene.ts";

/** One point of the goodput curve. */
export interface LoadPoint {
  /** Offered, in multiples of capacity. */
  readonly load: number;
  readonly scarce: "tokens" | "slots";
  readonly seed: number;
  /** Everybody is queued, however long the wait: what a gateway without admission does. */
  readonly admitsAll?: boolean;
}

/** Clients give up when no content has come by then. */
const patienceUs = 20 * secondUs;

/** 300 ms log-normal with a spread of 0.6 has this mean; then a hundred tokens a second for 150 tokens. */
const meanServiceSeconds = 0.3 * 1.197 + 150 * 0.01;

const slots = 40;

/** The queue of a gateway that turns nobody away and knows no order. */
const plainQueue = {
  policy: "strict" as const,
  levels: standardRules.levels.map((level) => ({ ...level, waitBudgetUs: 3_600 * secondUs })),
  maxAgeUs: 0,
  maxQueued: 1_000_000,
  tenantSharePermille: 1_000,
  maxQueuedBytes: 2 ** 50,
  queueTimeoutUs: 3_600 * secondUs,
};

/** Tokens answered while somebody waited for them, as a share of capacity, with eight tenants on ten levels. */
export function goodputAt({ load, scarce, seed, admitsAll = false }: LoadPoint): number {
  const limits = scarce === "tokens" ? { tokensPerSecond } : { concurrent: slots };
  const simulation = scene(seed, limits, admitsAll ? plainQueue : {});
  const capacity = scarce === "tokens" ? tokensPerSecond : (slots / meanServiceSeconds) * meanTokens;
  poisson(simulation, { fromUs: 0, untilUs: measured.untilUs, perSecond: (load * capacity) / meanTokens }, () => {
    const { draws } = simulation;
    simulation.send(mixed(simulation, `t${draws.integer(0, 7)}`, draws.integer(0, 9), { patienceUs }));
  });
  simulation.run(measured.untilUs + 2 * patienceUs);
  return goodputPerSecond(simulation.fates, measured) / capacity;
}
