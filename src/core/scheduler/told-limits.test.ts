import { describe, expect, test } from "bun:test";
import { believed } from "#core/scheduler/allowance.ts";
import type { CapacityLimits, UpstreamLimits } from "#core/scheduler/capacity.ts";
import { input, plainRules, SchedulerScene, secondUs } from "#core/scheduler/scheduler-scene.test-data.ts";

/** Two keys of one provider, `p#1/m` and `p#2/m`, that share what is configured for its model. */
function twoKeys(limits: CapacityLimits): SchedulerScene {
  const scene = new SchedulerScene(limits);
  for (const id of ["p#1/m", "p#2/m"]) {
    scene.scheduler.addDeployment({ id, resources: ["p/m"], weight: 1, group: "g" });
  }
  scene.lane = scene.scheduler.lane(["p#1/m", "p#2/m"]);
  return scene;
}

function tell(scene: SchedulerScene, deployment: string, limits: UpstreamLimits): void {
  scene.tell((scheduler, nowUs) => scheduler.told(nowUs, deployment, limits));
}

const nothing = (resetInUs?: number) => ({ remaining: 0, ...(resetInUs === undefined ? {} : { resetInUs }) });

describe("a provider that says nothing is left until a moment", () => {
  test.each(["requests", "tokens"] as const)(
    "F45 is not asked before it, whatever is configured, and is asked again then (%s)",
    (dimension) => {
      for (const limits of [{}, { requestsPerSecond: 100, tokensPerSecond: 1_000 }]) {
        const scene = new SchedulerScene(limits);
        tell(scene, "p/m", { [dimension]: nothing(5 * secondUs) });
        const ticket = scene.offer();
        scene.pass(5 * secondUs - 1);
        expect(scene.dispatched).toEqual([]);
        scene.pass(1);
        expect(scene.dispatched).toEqual([ticket]);
      }
    },
  );

  test("F45 loses nothing of its rate by it, as it would by a 429", () => {
    const scene = new SchedulerScene({ requestsPerSecond: 10 });
    tell(scene, "p/m", { requests: nothing(secondUs) });
    scene.pass(secondUs);
    for (let asked = 0; asked < 30; asked += 1) scene.offer();
    scene.pass(2 * secondUs);
    expect(scene.dispatched).toHaveLength(30);
  });

  test("F45 another key goes first, and a caller who will not live to see the moment is told at once", () => {
    const scene = twoKeys({ concurrent: 1 });
    tell(scene, "p#1/m", { requests: nothing(60 * secondUs) });
    scene.complete(scene.offer());
    const running = scene.offer();
    expect(scene.deployments).toEqual(["p#2/m", "p#2/m"]);
    const waiting = scene.offer({ deadlineUs: 30 * secondUs });
    tell(scene, "p#2/m", { requests: nothing(40 * secondUs) });
    scene.complete(running);
    expect(scene.reasonOf(waiting)).toBe("no_capacity");
  });

  test("F45 of two such moments the later one counts, and what is said to be left meanwhile changes nothing", () => {
    const scene = new SchedulerScene({});
    tell(scene, "p/m", { requests: nothing(2 * secondUs), tokens: nothing(4 * secondUs) });
    tell(scene, "p/m", { requests: { remaining: 500, resetInUs: secondUs }, tokens: nothing(secondUs) });
    scene.offer();
    scene.pass(4 * secondUs - 1);
    expect(scene.dispatched).toHaveLength(0);
    scene.pass(1);
    expect(scene.dispatched).toHaveLength(1);
  });
});

describe("a provider that says that something is left", () => {
  test("F45 is not slowed down where nobody knows how fast more comes back", () => {
    const scene = new SchedulerScene({ concurrent: 100 });
    tell(scene, "p/m", { requests: { remaining: 1, resetInUs: 60 * secondUs }, tokens: { remaining: 1 } });
    tell(scene, "p/m", { requests: nothing() });
    for (let asked = 0; asked < 50; asked += 1) scene.offer({ tokens: 1_000 });
    expect(scene.dispatched).toHaveLength(50);
  });

  test("F45 holds each key to what is left of its own, and no other", () => {
    const scene = twoKeys({ requestsPerSecond: 10 });
    tell(scene, "p#1/m", { requests: { remaining: 1 } });
    for (let asked = 0; asked < 8; asked += 1) scene.offer();
    expect(scene.deployments.filter((id) => id === "p#1/m")).toHaveLength(1);
    expect(scene.deployments).toHaveLength(8);
  });

  test("F45 lets more go at the configured rate, and all once its limit is whole again", () => {
    const served = [undefined, 20_000].map((resetInUs) => {
      const scene = new SchedulerScene({ requestsPerSecond: 10 });
      tell(scene, "p/m", { requests: { remaining: 1, ...(resetInUs === undefined ? {} : { resetInUs }) } });
      for (let asked = 0; asked < 6; asked += 1) scene.offer();
      scene.pass(100_000);
      return scene.dispatched.length;
    });
    expect(served).toEqual([2, 6]);
  });

  test("F45 what calls of before give back is not added to it", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 1_000 });
    const earlier = scene.offer({ tokens: 500 });
    scene.pass(1_000);
    tell(scene, "p/m", { tokens: { remaining: 10 } });
    scene.complete(earlier, input(0));
    scene.pass(1_000);
    const [large, next] = [scene.offer({ tokens: 100 }), scene.offer()];
    expect(scene.dispatched).toEqual([earlier, large]);
    scene.cancel(large);
    expect(scene.dispatched).toEqual([earlier, large, next]);
  });

  test("F45 is foreseen to hold callers up as long as it does", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 });
    tell(scene, "p/m", { tokens: { remaining: 1 } });
    scene.offer({ tokens: 51 });
    const waiting = scene.offer();
    const place = scene.scheduler.place(scene.nowUs, waiting);
    scene.pass((place?.predictedUs ?? 0) + 20_000);
    expect(place?.predictedUs).toBeGreaterThan(490_000);
    expect(scene.dispatched).toContain(waiting);
  });

  test("F45 a new configured rate counts for it too, and so does having none any more", () => {
    for (const tokensPerSecond of [1_000_000, undefined]) {
      const scene = twoKeys({ tokensPerSecond: 100 });
      tell(scene, "p#1/m", { tokens: { remaining: 1 } });
      tell(scene, "p#2/m", { tokens: { remaining: 1 } });
      for (let asked = 0; asked < 2; asked += 1) scene.complete(scene.offer({ tokens: 50_000 }));
      const limits = tokensPerSecond === undefined ? {} : { tokensPerSecond };
      scene.tell((scheduler, nowUs) => scheduler.setLimits(nowUs, "p/m", limits));
      const ticket = scene.offer();
      scene.pass(secondUs);
      expect(scene.dispatched).toContain(ticket);
    }
  });

  test("F45 tokens count for nothing where only requests are counted", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 }, { ...plainRules, capacityModel: "simple" });
    tell(scene, "p/m", { tokens: { remaining: 1 } });
    for (let asked = 0; asked < 5; asked += 1) scene.offer({ tokens: 1_000 });
    expect(scene.dispatched).toHaveLength(5);
  });
});

test.each([
  [{ remaining: -1 }],
  [{ remaining: Number.NaN }],
  [{ remaining: Number.POSITIVE_INFINITY }],
  [{ remaining: 0, resetInUs: 0 }],
  [{ remaining: 0, resetInUs: -secondUs }],
  [{ remaining: 0, resetInUs: Number.NaN }],
  [{ remaining: 0, resetInUs: 24 * 3_600 * secondUs + 1 }],
])("F45 nonsense is not believed: %p", (limit) => {
  expect(believed(limit)).toBeUndefined();
  const scene = new SchedulerScene({ requestsPerSecond: 5 });
  tell(scene, "p/m", { requests: limit, tokens: limit });
  scene.offer();
  expect(scene.dispatched).toHaveLength(1);
});

test("F45 a day is the longest that is believed", () => {
  const resetInUs = 24 * 3_600 * secondUs;
  expect(believed({ remaining: 0.9, resetInUs })).toEqual({ remaining: 0, resetInUs });
});
