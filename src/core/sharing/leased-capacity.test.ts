import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { NodeId } from "#core/effects/ids.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import { LeasedCapacity } from "#core/sharing/leased-capacity.ts";
import { MemorySharedCapacity } from "#core/sharing/memory-shared-capacity.ts";
import { reachedWhile } from "#core/sharing/reached-while.test-data.ts";
import { nodeTtlMs } from "#core/sharing/shared-capacity.ts";

const resource = "local/m";
const stepMs = 5;

/** A node whose scheduler is a bucket of one second and a counter: it uses whatever it may, as far as it has work. */
class GreedyNode {
  readonly capacity: LeasedCapacity;
  readonly log = new RecordingLog();
  limits: CapacityLimits = {};
  /** Requests of 100 tokens that wait; more than any limit lets pass when busy. */
  busy = true;
  /** A crash tells nobody: no leave, no more asks. */
  crashed = false;
  /** Every second ask gets lost on its way. */
  losesEverySecond = false;
  #asks = 0;
  tokensUsed = 0;
  readonly #ends: number[] = [];
  readonly #clock: VirtualClock;
  #levelMicro = 0;

  constructor(clock: VirtualClock, store: MemorySharedCapacity, name: string, limits: CapacityLimits) {
    this.#clock = clock;
    this.capacity = new LeasedCapacity({
      clock,
      random: new SequenceRandom(name.length),
      log: this.log,
      store: reachedWhile(store, () => this.#reaches()),
      node: name as NodeId,
      resources: [{ id: resource, limits }],
      demandOf: () => ({
        tokens: this.busy ? 1_000_000_000 : Math.ceil((limits.tokensPerSecond ?? 0) / 128),
        requests: 0,
        running: this.running,
        waiting: this.busy ? 1_000 : 0,
      }),
      setLimits: (_resource, now) => {
        this.limits = now;
      },
    });
  }

  #reaches(): boolean {
    this.#asks += 1;
    return !this.crashed && !(this.losesEverySecond && this.#asks % 2 === 0);
  }

  get running(): number {
    return this.#ends.length;
  }

  /** Lets `stepMs` pass: the bucket fills, what may start starts and takes `serviceMs`. */
  step(serviceMs: number): void {
    const nowMs = this.#clock.monotonic();
    const rate = this.limits.tokensPerSecond ?? 0;
    this.#levelMicro = Math.min(rate * 1_000_000, this.#levelMicro + rate * stepMs * 1_000);
    while ((this.#ends[0] ?? Number.POSITIVE_INFINITY) <= nowMs) this.#ends.shift();
    if (!this.busy) return;
    const whole = Math.floor(this.#levelMicro / 1_000_000);
    this.#levelMicro -= whole * 1_000_000;
    this.tokensUsed += whole;
    while (this.running < (this.limits.concurrent ?? 0)) this.#ends.push(nowMs + serviceMs);
  }
}

interface Cluster {
  readonly store: MemorySharedCapacity;
  readonly nodes: GreedyNode[];
  readonly join: () => Promise<void>;
  readonly run: (ms: number, watch?: () => void) => Promise<void>;
  readonly used: () => number;
  readonly running: () => number;
}

async function cluster(count: number, limits: CapacityLimits, serviceMs = 50, seed = 1): Promise<Cluster> {
  const clock = new VirtualClock();
  const store = new MemorySharedCapacity(clock, new SequenceRandom(seed));
  const nodes: GreedyNode[] = [];
  const join = async (): Promise<void> => {
    const node = new GreedyNode(clock, store, "n".repeat(nodes.length + 1), limits);
    nodes.push(node);
    await node.capacity.start();
  };
  while (nodes.length < count) await join();
  const run = async (ms: number, watch: () => void = () => {}): Promise<void> => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await clock.run(stepMs);
      for (const node of nodes) node.step(serviceMs);
      watch();
    }
  };
  const sum = (of: (node: GreedyNode) => number) => (): number => nodes.reduce((total, node) => total + of(node), 0);
  return { store, nodes, join, run, used: sum((node) => node.tokensUsed), running: sum((node) => node.running) };
}

describe("what several nodes share", () => {
  test("M1 T-29 all nodes together stay within the limit up to a lease each, whatever they want and however late answers are", async () => {
    const turn = fc.record({
      busy: fc.nat(31),
      delayMs: fc.integer({ min: 0, max: 20 }),
      ms: fc.constantFrom(300, 2_000),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(2_000, 10_000, 1_000_000),
        fc.integer({ min: 5, max: 40 }),
        fc.constantFrom(20, 700),
        fc.array(turn, { minLength: 2, maxLength: 6 }),
        async (count, tokensPerSecond, concurrent, serviceMs, turns) => {
          const limits = { tokensPerSecond, concurrent };
          const { nodes, store, run, used, running } = await cluster(count, limits, serviceMs);
          const lease = tokensPerSecond / 4;
          let passedMs = 0;
          for (const { busy, delayMs, ms } of turns) {
            for (const [index, node] of nodes.entries()) node.busy = ((busy >> index) & 1) === 1;
            store.trouble.delayMs = delayMs;
            await run(ms, () => {
              passedMs += stepMs;
              expect(used()).toBeLessThanOrEqual((tokensPerSecond * passedMs) / 1_000 + count * (lease + 1));
              expect(running()).toBeLessThanOrEqual(concurrent);
            });
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test("busy nodes use all of it, in equal parts, and idle ones leave theirs to the busy", async () => {
    const { nodes, run, used } = await cluster(4, { tokensPerSecond: 100_000, concurrent: 40 });
    await run(3_000);
    for (const { limits } of nodes) expect(limits.concurrent).toBe(10);
    const before = nodes.map(({ tokensUsed }) => tokensUsed);
    await run(10_000);
    const each = nodes.map(({ tokensUsed }, index) => tokensUsed - (before[index] ?? 0));
    for (const part of each) expect(part).toBeWithin(23_500 * 10, 26_500 * 10);
    for (const node of nodes.slice(1)) node.busy = false;
    await run(3_000);
    const start = used();
    await run(10_000);
    expect(used() - start).toBeGreaterThan(950_000);
    expect(nodes.map(({ limits }) => limits.concurrent)).toEqual([37, 1, 1, 1]);
  });

  test("M1 T-30 a killed node's places and rate are the others' within the time to live", async () => {
    const { nodes, run } = await cluster(2, { tokensPerSecond: 10_000, concurrent: 20 });
    await run(3_000);
    const [first, second] = nodes;
    expect([first?.limits.concurrent, second?.limits.concurrent]).toEqual([10, 10]);
    const killed = nodes.pop();
    if (killed !== undefined) killed.crashed = true;
    await run(nodeTtlMs - 1_000);
    expect(first?.limits.concurrent).toBe(10);
    expect(first?.capacity.nodes).toBe(2);
    const before = first?.tokensUsed ?? 0;
    await run(2_000);
    expect(first?.limits.concurrent).toBe(20);
    expect(first?.capacity.nodes).toBe(1);
    expect((first?.tokensUsed ?? 0) - before).toBeGreaterThan(19_000);
  });

  test("T-30 a node that stops gives back at once", async () => {
    const { nodes, run } = await cluster(2, { concurrent: 20 });
    await run(3_000);
    await Promise.all([nodes.pop()?.capacity.stop(), run(100)]);
    await run(600);
    expect(nodes[0]?.limits.concurrent).toBe(20);
    expect(nodes[0]?.capacity.nodes).toBe(1);
  });

  test("a node that joins gets its part as the others' requests end, and until then no more than one place too many", async () => {
    const { nodes, join, run, running } = await cluster(2, { concurrent: 12 }, 400);
    await run(4_000);
    await join();
    await run(3_000, () => expect(running()).toBeLessThanOrEqual(13));
    expect(nodes.map(({ limits }) => limits.concurrent)).toEqual([4, 4, 4]);
    expect(running()).toBe(12);
  });

  test("while the store is away each node goes by its part of the limit, and says so once", async () => {
    const { nodes, store, run, running } = await cluster(3, {
      tokensPerSecond: 9_000,
      requestsPerSecond: 2,
      concurrent: 7,
    });
    await run(3_000);
    store.trouble.loss = 1;
    await run(10_000, () => expect(running()).toBeLessThanOrEqual(7 + 2));
    for (const { limits, capacity, log } of nodes) {
      expect(limits).toEqual({ tokensPerSecond: 3_000, requestsPerSecond: 1, concurrent: 2 });
      expect(capacity.away).toBe(true);
      expect(log.lines.map(({ event }) => event)).toEqual(["shared_capacity_away"]);
    }
    store.trouble.loss = 0;
    await run(4_000);
    for (const { capacity, log } of nodes) {
      expect(capacity.away).toBe(false);
      expect(log.lines.map(({ event }) => event)).toEqual(["shared_capacity_away", "shared_capacity_back"]);
    }
    expect(nodes.map(({ limits }) => limits.concurrent).toSorted()).toEqual([2, 2, 3]);
  });

  test("M1 T-29 after an outage nodes come back one by one, also to a store that forgot all, and together stay within the limit", async () => {
    for (const wiped of [false, true]) {
      const { nodes, store, run, used } = await cluster(4, { tokensPerSecond: 10_000 });
      await run(3_000);
      store.trouble.loss = 1;
      await run(5_000);
      if (wiped) store.wipe();
      store.trouble.loss = 0;
      const before = used();
      let passedMs = 0;
      await run(6_000, () => {
        passedMs += stepMs;
        expect(used() - before).toBeLessThanOrEqual(10 * passedMs + nodes.length * 2_500);
      });
      expect(nodes.map(({ capacity }) => capacity.nodes)).toEqual([4, 4, 4, 4]);
      expect(used() - before).toBeGreaterThan(50_000);
    }
  });

  test("M1 what a node uses beyond its lease while an answer is missing is taken from the next one", async () => {
    const { nodes, run, used } = await cluster(2, { tokensPerSecond: 10_000 });
    for (const node of nodes) node.losesEverySecond = true;
    let passedMs = 0;
    await run(20_000, () => {
      passedMs += stepMs;
      expect(used()).toBeLessThanOrEqual(10 * passedMs + 2 * 2_500);
    });
    expect(used()).toBeGreaterThan(150_000);
    for (const { log } of nodes) expect(log.lines).toEqual([]);
  });

  test("an answer that would take longer than 25 ms is not waited for", async () => {
    const { nodes, store, run } = await cluster(1, { concurrent: 8 });
    await run(3_000);
    store.trouble.delayMs = 40;
    await run(1_000);
    expect(nodes[0]?.capacity.away).toBe(true);
    expect(nodes[0]?.limits).toEqual({ concurrent: 8 });
  });

  test("a wiped store gives no place away that a node still has", async () => {
    const { store, run, running } = await cluster(3, { concurrent: 12 }, 400);
    await run(4_000);
    for (let wipe = 0; wipe < 5; wipe += 1) {
      store.wipe();
      await run(1_500, () => expect(running()).toBeLessThanOrEqual(12));
    }
    expect(running()).toBe(12);
  });

  test("lost answers make nobody exceed the places that there are, nor starve", async () => {
    const { nodes, store, run, running } = await cluster(3, { tokensPerSecond: 30_000, concurrent: 12 }, 60, 9);
    await run(3_000);
    store.trouble.loss = 0.1;
    await run(20_000, () => {
      // Who misses two answers in a row goes by a third of the limit while the others share what it has not booked.
      const cutOff = nodes.filter(({ capacity }) => capacity.away).length;
      expect(running()).toBeLessThanOrEqual(12 + 4 * Math.max(1, cutOff));
      for (const { limits } of nodes) expect(limits.concurrent).toBeGreaterThanOrEqual(1);
    });
  });

  test("other limits count from the next lease on, and none at all stays none", async () => {
    const { nodes, run } = await cluster(1, { tokensPerSecond: 1_000, concurrent: 8, contextTokens: 5 });
    await run(3_000);
    nodes[0]?.capacity.setResource({ id: resource, limits: { concurrent: 0, contextTokens: 9 } });
    await run(300);
    expect(nodes[0]?.limits).toEqual({ concurrent: 0, contextTokens: 9 });
  });
});
