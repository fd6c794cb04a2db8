import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { CapacityMap } from "#core/scheduler/capacity-map.ts";
import type { DeploymentSpec } from "#core/scheduler/capacity.ts";
import type { Ticket } from "#core/scheduler/offer.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";
import { input, plainRules } from "#core/scheduler/scheduler-scene.test-data.ts";

const models = ["p/a", "p/b", "p/c"];
/** The same before and after every reload, so that none may ever be passed. */
const most: Readonly<Record<string, number>> = { p: 2, "p/a": 1, "p/b": 2, "p/c": 1 };

/** Which models are there, which of them share the provider's limit, and how they are ordered together. */
const topology = fc.record({
  there: fc.subarray(models),
  shared: fc.subarray(models),
  grouping: fc.integer({ min: 1, max: 3 }),
});
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ reload: topology }) },
  { weight: 5, arbitrary: fc.record({ offer: fc.subarray(models, { minLength: 1 }) }) },
  { weight: 4, arbitrary: fc.record({ end: fc.nat(20) }) },
);

function specs({ there, shared, grouping }: { there: string[]; shared: string[]; grouping: number }): DeploymentSpec[] {
  return there.map((id) => ({
    id,
    resources: shared.includes(id) ? ["p", id] : [id],
    weight: 1,
    group: `g${models.indexOf(id) % grouping}`,
  }));
}

test("S1 S3 whatever is reloaded when: no limit is passed, each request gets one answer, and all of them get one", () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const scheduler = new Scheduler(plainRules);
      const resources = Object.entries(most).map(([id, concurrent]) => ({ id, limits: { concurrent } }));
      const drawsOn = new Map<string, readonly string[]>();
      const used = new Map<string, number>();
      const running = new Map<Ticket, string>();
      const waiting = new Set<Ticket>();
      const count = (deployment: string, by: number): void => {
        for (const name of drawsOn.get(deployment) ?? []) used.set(name, (used.get(name) ?? 0) + by);
      };
      const settle = (): void => {
        for (const effect of scheduler.takeEffects()) {
          expect(waiting.delete(effect.ticket)).toBe(true);
          if (effect.type === "refuse") continue;
          running.set(effect.ticket, effect.deployment);
          count(effect.deployment, 1);
          for (const name of drawsOn.get(effect.deployment) ?? []) {
            expect(used.get(name) ?? 0).toBeLessThanOrEqual(most[name] ?? 0);
          }
        }
      };
      const end = (ticket: Ticket): void => {
        count(running.get(ticket) ?? "", -1);
        running.delete(ticket);
        scheduler.complete(0, ticket, undefined);
        settle();
      };
      const reload = (deployments: DeploymentSpec[]): void => {
        for (const { id, resources: names } of deployments) drawsOn.set(id, names);
        used.clear();
        for (const deployment of running.values()) count(deployment, 1);
        scheduler.declare(0, { resources, deployments });
        settle();
      };
      reload(specs({ there: models, shared: [], grouping: 1 }));
      for (const one of steps) {
        if ("reload" in one) reload(specs(one.reload));
        else if ("offer" in one) {
          const lane = scheduler.lane(one.offer);
          const who = { lane, level: 5, tenant: "t", weight: 1, bytes: 1, arrivedUs: 0 };
          waiting.add(scheduler.offer(0, { ...who, expected: input(1) }));
          settle();
        } else {
          const ticket = [...running.keys()][one.end % Math.max(1, running.size)];
          if (ticket !== undefined) end(ticket);
        }
      }
      for (let ticket = [...running.keys()][0]; ticket !== undefined; ticket = [...running.keys()][0]) end(ticket);
      expect([...waiting]).toEqual([]);
      expect([...used.values()].every((left) => left === 0)).toBe(true);
    }),
    { numRuns: 400 },
  ));

test("F75 lanes of configurations gone by are forgotten", () => {
  const map = new CapacityMap(2);
  for (let round = 0; round < 10_000; round += 1) {
    const ids = [`p/${round % 3}`, `q/${round}`];
    const deployments = ids.map((id) => ({ id, resources: [], weight: 1, group: `g${round % 5}` }));
    map.declare(round, { resources: [], deployments });
    for (const lane of [ids, ids.slice(1)]) map.lane(lane);
  }
  expect([map.lanes.size, map.deployments.size, map.pools.length, map.hasLeftovers]).toEqual([2, 2, 1, false]);
});
