import { poisson } from "./arrivals.ts";
import { Cluster } from "./cluster.ts";
import type { Window } from "./measures.ts";
import { mixed, secondUs, timesCapacity, tokensPerSecond } from "./scene.ts";

/** What the nodes' clients ask for, in multiples of what all nodes have together: 3.7 times as much. */
const offered = [0.2, 0.5, 1, 2];

const phaseUs = 12 * secondUs;

/** The store is well, then worse in every way there is, and well again: swizzle-clogged, as FoundationDB's tests call it. */
const phases: readonly { readonly name: string; readonly begin: (cluster: Cluster) => void }[] = [
  { name: "well", begin: () => {} },
  { name: "slow", begin: clogged({ delayMs: 20 }) },
  { name: "too slow", begin: clogged({ delayMs: 500 }) },
  { name: "lossy", begin: clogged({ delayMs: 5, loss: 0.3 }) },
  { name: "gone", begin: clogged({ loss: 1 }) },
  {
    name: "back, empty",
    begin: (cluster) => {
      clogged({})(cluster);
      cluster.store.wipe();
    },
  },
];

/** One part of the run, all of one kind. */
export interface Phase extends Window {
  readonly name: string;
}

/** Four gateways at a store that goes through every phase, each asked by clients of its own. */
export async function cloggedStore(
  seed: number,
): Promise<{ readonly cluster: Cluster; readonly phases: readonly Phase[] }> {
  const cluster = await busyCluster(seed, phases.length * phaseUs);
  const passed: Phase[] = [];
  for (const { name, begin } of phases) {
    const phase = { name, fromUs: passed.length * phaseUs, untilUs: (passed.length + 1) * phaseUs };
    passed.push(phase);
    begin(cluster);
    await cluster.run(phase.untilUs);
  }
  return { cluster, phases: passed };
}

/** Four gateways whose clients together ask for more than there is, each for another part of it. */
export async function busyCluster(seed: number, untilUs: number): Promise<Cluster> {
  const cluster = new Cluster(seed, offered.length, { tokensPerSecond });
  for (const [index, { simulation }] of cluster.nodes.entries()) {
    const { draws } = simulation;
    poisson(simulation, { fromUs: 0, untilUs, perSecond: timesCapacity(offered[index] ?? 0) }, () => {
      simulation.send(mixed(simulation, `t${draws.integer(0, 7)}`, draws.integer(0, 9)));
    });
  }
  await cluster.start();
  return cluster;
}

function clogged({ delayMs = 0, loss = 0 }: { readonly delayMs?: number; readonly loss?: number }) {
  return ({ store: { trouble } }: Cluster): void => {
    trouble.delayMs = delayMs;
    trouble.loss = loss;
  };
}
