import type { NodeId } from "#core/effects/ids.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import { LeasedCapacity } from "#core/sharing/leased-capacity.ts";
import { MemorySharedCapacity } from "#core/sharing/memory-shared-capacity.ts";
import { demandOf } from "#core/sharing/node-demand.ts";
import { reachedWhile } from "#core/sharing/reached-while.test-data.ts";
import { scene } from "./scene.ts";
import type { Fate, Simulation } from "./simulation.ts";

/** The nodes' own clocks and that of the store they share meet so often. */
const stepMs = 5;

/** A gateway of several: its clients, its real scheduler, and its part of what all share. */
export interface ClusterNode {
  readonly simulation: Simulation;
  readonly capacity: LeasedCapacity;
  readonly log: RecordingLog;
  /** Whether its way to the store is cut, while that of others may not be. */
  cutOff: boolean;
}

/** Several gateways with one deployment of these limits between them, and a store whose troubles a scene decides. */
export class Cluster {
  readonly store: MemorySharedCapacity;
  readonly nodes: readonly ClusterNode[];
  readonly #clock = new VirtualClock();

  constructor(seed: number, count: number, limits: CapacityLimits) {
    this.store = new MemorySharedCapacity(this.#clock, new SequenceRandom(seed));
    this.nodes = Array.from({ length: count }, (_, index) => this.#node(seed + 2 * index, `node ${index}`, limits));
  }

  /** What became of every request at every node. */
  get fates(): Fate[] {
    return this.nodes.flatMap(({ simulation }) => simulation.fates);
  }

  async start(): Promise<void> {
    for (const { capacity } of this.nodes) await capacity.start();
  }

  /** Lets time pass at all nodes alike. */
  async run(untilUs: number): Promise<void> {
    for (let atMs = this.#clock.monotonic(); atMs < untilUs / 1_000; atMs += stepMs) {
      await this.#clock.run(stepMs);
      for (const { simulation } of this.nodes) simulation.events.runUntil((atMs + stepMs) * 1_000);
    }
    for (const { simulation } of this.nodes) simulation.run(untilUs);
  }

  #node(seed: number, name: string, limits: CapacityLimits): ClusterNode {
    // As next to nothing as `LeasedCapacity` begins with: what a node may use is for it to say.
    const simulation = scene(seed, { tokensPerSecond: 1 });
    const log = new RecordingLog();
    const capacity = new LeasedCapacity({
      clock: this.#clock,
      random: new SequenceRandom(seed),
      log,
      store: reachedWhile(this.store, () => !node.cutOff),
      node: name as NodeId,
      resources: [{ id: "p/m", limits }],
      demandOf: (resource) => demandOf(simulation.scheduler.state(simulation.nowUs), resource.id, resource.limits),
      setLimits: (resource, part) => simulation.setLimits(resource, part),
    });
    const node: ClusterNode = { simulation, capacity, log, cutOff: false };
    return node;
  }
}
