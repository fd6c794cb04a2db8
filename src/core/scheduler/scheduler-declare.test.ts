import { expect, test } from "bun:test";
import type { CapacityLimits, CapacitySpec } from "#core/scheduler/capacity.ts";
import type { Ticket } from "#core/scheduler/offer.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";
import { input, plainRules, SchedulerScene, secondUs } from "#core/scheduler/scheduler-scene.test-data.ts";

/** Deployments with a resource of their own each, ordered together unless `group` says otherwise. */
function declared(limits: Readonly<Record<string, CapacityLimits>>, group = "g"): CapacitySpec {
  const entries = Object.entries(limits);
  return {
    resources: entries.map(([id, own]) => ({ id, limits: own })),
    deployments: entries.map(([id]) => ({ id, resources: [id], weight: 1, group })),
  };
}

function declare(scene: SchedulerScene, spec: CapacitySpec): void {
  scene.tell((scheduler, nowUs) => scheduler.declare(nowUs, spec));
}

test("F75 what runs counts against the limits declared anew, and nobody starts twice", () => {
  const scene = new SchedulerScene({ concurrent: 2 });
  const [first] = [scene.offer(), scene.offer(), scene.offer()];
  expect(scene.dispatched).toHaveLength(2);
  declare(scene, declared({ "p/m": { concurrent: 2 } }));
  expect(scene.dispatched).toHaveLength(2);
  scene.complete(first);
  expect(scene.dispatched).toHaveLength(3);
});

test("a limit raised by declaring anew lets those go that wait; a bucket keeps its debt", () => {
  const scene = new SchedulerScene({ concurrent: 1, tokensPerSecond: 10 });
  scene.offer({ tokens: 30 });
  const waiting = scene.offer();
  declare(scene, declared({ "p/m": { concurrent: 5, tokensPerSecond: 10 } }));
  expect(scene.dispatched).not.toContain(waiting);
  scene.pass(3 * secondUs);
  expect(scene.dispatched).toContain(waiting);
});

test("whoever waits for a deployment that is not declared any more goes there, under its limits", () => {
  const scene = new SchedulerScene({ concurrent: 1 });
  const tickets = [scene.offer(), scene.offer(), scene.offer()];
  declare(scene, declared({ "q/m": { concurrent: 1 } }));
  expect(scene.dispatched).toHaveLength(1);
  expect(scene.drain()).toEqual(tickets);
  expect(scene.deployments).toEqual(["p/m", "p/m", "p/m"]);
  scene.pass(1);
  const { pools, resources } = scene.scheduler.state(scene.nowUs);
  expect(resources.map(({ id }) => id)).toEqual(["q/m"]);
  expect(pools.flatMap(({ deployments }) => deployments.map(({ id }) => id))).toEqual(["q/m"]);
});

test("a deployment that draws on something else from now on takes the places of what runs there along", () => {
  const scene = new SchedulerScene({ concurrent: 3 });
  const running = scene.offer();
  const shared = { id: "p", limits: { concurrent: 1 } };
  declare(scene, {
    resources: [shared],
    deployments: [{ id: "p/m", resources: ["p"], weight: 1, group: "p" }],
  });
  scene.lane = scene.scheduler.lane(["p/m"]);
  const [one, other] = [scene.offer(), scene.offer()];
  expect(scene.dispatched).toEqual([running]);
  scene.complete(running);
  expect(scene.dispatched).toEqual([running, one]);
  scene.complete(one);
  expect(scene.dispatched).toEqual([running, one, other]);
  const used = scene.scheduler.state(scene.nowUs).resources.map(({ id, concurrent }) => [id, concurrent.used]);
  expect(used).toContainEqual(["p", 1]);
});

test("a pause that a provider asked for outlives a reload that leaves it out for a moment", () => {
  const scene = new SchedulerScene({ concurrent: 9 });
  scene.tell((scheduler, nowUs) => scheduler.rateLimited(nowUs, "p/m", 5 * secondUs));
  declare(scene, declared({}));
  declare(scene, declared({ "p/m": { concurrent: 9 } }));
  scene.lane = scene.scheduler.lane(["p/m"]);
  const ticket = scene.offer();
  expect(scene.dispatched).toEqual([]);
  scene.pass(5 * secondUs);
  expect(scene.dispatched).toEqual([ticket]);
});

test("several changes made together are one: nobody starts under the limits in between", () => {
  const scene = new SchedulerScene({ concurrent: 1 });
  const first = scene.offer();
  scene.offer();
  scene.tell((scheduler, nowUs) =>
    scheduler.together(nowUs, () => {
      scheduler.together(nowUs, () => scheduler.declare(nowUs, declared({ "p/m": { concurrent: 10 } })));
      scheduler.setLimits(nowUs, "p/m", { concurrent: 1 });
    }),
  );
  expect(scene.dispatched).toEqual([first]);
});

test("F75 of ten thousand reloads with requests running and waiting nothing is left behind", () => {
  const scheduler = new Scheduler(plainRules);
  let open: Ticket[] = [];
  let most = 0;
  for (let round = 0; round < 10_000; round += 1) {
    const nowUs = round * 1_000;
    const names = [`p${round % 7}/m`, `p${(round + 1) % 7}/m`, `only${round}/m`];
    const limits = Object.fromEntries(names.map((id) => [id, { concurrent: 1 }]));
    scheduler.declare(nowUs, declared(limits, `g${round % 3}`));
    for (const lane of [scheduler.lane(names), scheduler.lane(names.slice(0, 1)), scheduler.lane(names.slice(2))]) {
      for (const level of [1, 2]) {
        const who = { lane, level, tenant: `t${level}`, weight: 1, bytes: 1, arrivedUs: nowUs };
        open.push(scheduler.offer(nowUs, { ...who, expected: input(1) }));
      }
    }
    if (round % 5 === 0) {
      // What does not run waits: it leaves, some of it after several reloads.
      for (const ticket of open) scheduler.complete(nowUs, ticket, undefined);
      for (const ticket of open) scheduler.cancel(nowUs, ticket);
      open = [];
    }
    const { pools, resources } = scheduler.state(nowUs);
    most = Math.max(most, pools.length, resources.length, ...pools.map(({ deployments }) => deployments.length));
  }
  expect(most).toBeLessThan(40);
});

test("what runs counts against a limit that was declared after it began", () => {
  const scene = new SchedulerScene({});
  declare(scene, { resources: [], deployments: [{ id: "p/m", resources: [], weight: 1, group: "g" }] });
  scene.lane = scene.scheduler.lane(["p/m"]);
  const running = [scene.offer(), scene.offer(), scene.offer()];
  declare(scene, declared({ "p/m": { concurrent: 2 } }));
  const later = scene.offer();
  expect(scene.dispatched).toEqual(running);
  expect(scene.drain()).toEqual([...running, later]);
});
