/** Several gateways share a limit through a store that is slow, loses answers, is gone, forgets: what all let through together. */
import { describe, expect, test } from "bun:test";
import { leasePeriodMs } from "#core/sharing/shared-capacity.ts";
import { RateWindow } from "../property/scheduler/rate-window.ts";
import { busyCluster, cloggedStore } from "./clogged-store.ts";
import type { Cluster } from "./cluster.ts";
import { goodputPerSecond, startedIn, tokensOf, type Window } from "./measures.ts";
import { secondUs, tokensPerSecond } from "./scene.ts";

const largestRequest = 500;
const lease = (tokensPerSecond * leasePeriodMs) / 1_000;

/** What nodes let through in the window, as a part of the limit of all. */
function partIn({ nodes }: Cluster, window: Window): number[] {
  return nodes.map(({ simulation }) => goodputPerSecond(simulation.fates, window) / tokensPerSecond);
}

function sumIn(cluster: Cluster, window: Window): number {
  return goodputPerSecond(cluster.fates, window) / tokensPerSecond;
}

/** Tokens a second that all nodes may let through from a moment on. */
interface Allowed {
  readonly fromUs: number;
  readonly perSecond: number;
}

/** That no span of the run saw more than the rate, its burst of a second, and a lease and a request of each node. */
function expectWithin(cluster: Cluster, allowed: readonly Allowed[]): void {
  const window = new RateWindow();
  const left = [...allowed];
  const whole = { fromUs: 0, untilUs: Number.POSITIVE_INFINITY };
  const starts = startedIn(cluster.fates, whole).toSorted((one, other) => startOf(one) - startOf(other));
  expect(starts.length).toBeGreaterThan(100);
  for (const fate of starts) {
    const atUs = startOf(fate);
    while ((left[0]?.fromUs ?? Number.POSITIVE_INFINITY) <= atUs) {
      const next = left.shift();
      window.setRate(next?.fromUs ?? 0, next?.perSecond);
    }
    const over = window.take(atUs, tokensOf(fate), cluster.nodes.length * (lease + largestRequest));
    expect({ atUs, over }).toEqual({ atUs, over: 0 });
  }
}

function startOf({ startedUs = 0 }: { readonly startedUs?: number }): number {
  return startedUs;
}

describe("gateways that share a limit", () => {
  test.each([[51], [52], [53]])(
    "M1 together stay within it, and use it, however their store is clogged, and share by demand once it is well: seed %i",
    async (seed) => {
      const { cluster, phases } = await cloggedStore(seed);
      expectWithin(cluster, [{ fromUs: 0, perSecond: tokensPerSecond }]);
      for (const phase of phases) expect(sumIn(cluster, phase), phase.name).toBeWithin(0.93, 1.1);
      const last = phases.at(-1) ?? { fromUs: 0, untilUs: 0 };
      const well = { ...last, fromUs: last.fromUs + 5 * secondUs };
      expect(sumIn(cluster, well)).toBeWithin(0.95, 1.05);
      const parts = partIn(cluster, well);
      // Cut off, each has a quarter.
      expect(parts[3]).toBeGreaterThan(0.4);
      expect(parts[0]).toBeLessThan(0.2);
      for (const { capacity, log } of cluster.nodes) {
        expect(capacity.away).toBe(false);
        expect(log.lines.filter(({ event }) => event === "shared_capacity_away").length).toBeWithin(2, 10);
      }
    },
    20_000,
  );

  test.each(["delayMs", "loss"] as const)(
    "M1 stay within it and lose no more than a fifth of it while the store flaps every two seconds by its %s",
    async (trouble) => {
      const untilUs = 40 * secondUs;
      const cluster = await busyCluster(61, untilUs);
      for (let atUs = 0; atUs < untilUs; atUs += 2 * secondUs) {
        const clogged = atUs % (4 * secondUs) > 0;
        cluster.store.trouble[trouble] = clogged ? 500 : 0;
        await cluster.run(atUs + 2 * secondUs);
      }
      expectWithin(cluster, [{ fromUs: 0, perSecond: tokensPerSecond }]);
      expect(sumIn(cluster, { fromUs: 4 * secondUs, untilUs })).toBeWithin(0.8, 1.02);
    },
    20_000,
  );

  test("M1 while some are cut off from the store, the nodes let through no more than the parts of those beyond it", async () => {
    // As one swizzles: away one after the other, back in the same order.
    const cut = [[], [0], [0, 1], [0, 1, 2], [1, 2], [2], [], []];
    const phaseUs = 8 * secondUs;
    const cluster = await busyCluster(71, cut.length * phaseUs);
    for (const [phase, away] of cut.entries()) {
      for (const [index, node] of cluster.nodes.entries()) node.cutOff = away.includes(index);
      await cluster.run((phase + 1) * phaseUs);
    }
    // Who may reach the store again takes some time to do so.
    const mostAway = cut.map((away, phase) => Math.max(away.length, cut[phase - 1]?.length ?? 0));
    expectWithin(
      cluster,
      mostAway.map((away, phase) => ({ fromUs: phase * phaseUs, perSecond: tokensPerSecond * (1 + away / 4) })),
    );
    const last = { fromUs: 7 * phaseUs, untilUs: 8 * phaseUs };
    expect(sumIn(cluster, last)).toBeWithin(0.95, 1.05);
  }, 20_000);
});
