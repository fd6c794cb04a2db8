import { describe, expect, test } from "bun:test";
import { input, SchedulerScene, secondUs } from "#core/scheduler/scheduler-scene.test-data.ts";

describe("limits", () => {
  test("TC-P0-CAP-001 1,000 tokens a second: ten of 100 pass, the eleventh waits at position 1", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 1_000 });
    for (let index = 0; index < 10; index += 1) scene.offer({ tokens: 100 });
    expect(scene.dispatched).toHaveLength(10);
    const eleventh = scene.offer({ tokens: 100 });
    expect(scene.scheduler.place(scene.nowUs, eleventh)?.position).toBe(0);
    scene.pass(1);
    expect(scene.dispatched).toContain(eleventh);
  });

  test("TC-P0-CAP-002 ten at once: the eleventh waits until one has ended", () => {
    const scene = new SchedulerScene({ concurrent: 10 });
    const [first] = Array.from({ length: 10 }, () => scene.offer());
    const eleventh = scene.offer();
    expect(scene.dispatched).not.toContain(eleventh);
    if (first !== undefined) scene.complete(first);
    expect(scene.dispatched).toContain(eleventh);
  });

  test("S4 one larger than the bucket starts all the same, and the debt holds back the next", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 });
    const large = scene.offer({ tokens: 1_000 });
    const next = scene.offer();
    expect(scene.dispatched).toEqual([large]);
    scene.pass(9 * secondUs);
    expect(scene.dispatched).toEqual([large]);
    scene.pass(1);
    expect(scene.dispatched).toEqual([large, next]);
  });

  test("S11 what was not used comes back at the end, what was used beyond is charged while it streams", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 1_000 });
    const debt = (): number | undefined => scene.scheduler.state(scene.nowUs).resources[0]?.tokenDebt;
    const ticket = scene.offer({ tokens: 2_000 });
    expect(debt()).toBe(1_000);
    scene.tell((scheduler, nowUs) => scheduler.progress(nowUs, ticket, 1));
    expect(debt()).toBe(1_256);
    scene.complete(ticket, input(1_100));
    expect(debt()).toBe(100);
  });

  test("S10 T-31 a cancelled one gives everything back, and ending it twice changes nothing", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 1_000, requestsPerSecond: 1, concurrent: 1 });
    const ticket = scene.offer({ tokens: 3_000 });
    const waiting = scene.offer();
    scene.cancel(ticket);
    scene.cancel(ticket);
    scene.complete(ticket, input(9_999));
    expect(scene.dispatched).toEqual([ticket, waiting]);
    expect(scene.scheduler.state(scene.nowUs)).toMatchObject({ inFlight: 1, queued: 0 });
    expect(scene.scheduler.state(scene.nowUs).resources[0]?.tokenDebt).toBe(0);
  });

  test("simple counts requests, and tokens not at all", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 1, requestsPerSecond: 3 }, { capacityModel: "simple" });
    for (let index = 0; index < 5; index += 1) scene.offer({ tokens: 1_000 });
    expect(scene.dispatched).toHaveLength(3);
    scene.pass(secondUs);
    expect(scene.dispatched).toHaveLength(5);
  });

  test("a full deployment holds nobody up who may go elsewhere", () => {
    const scene = new SchedulerScene({ concurrent: 1 });
    scene.add("p/other", { concurrent: 1 });
    const other = scene.scheduler.lane(["p/other"]);
    scene.offer({ level: 0 });
    scene.offer({ level: 0 });
    const free = scene.offer({ level: 9, lane: other });
    expect(scene.dispatched).toContain(free);
  });

  test("limits of nothing take nothing: who waits is told, and who comes", () => {
    const scene = new SchedulerScene({ concurrent: 1 });
    scene.offer();
    const waiting = scene.offer();
    scene.tell((scheduler, nowUs) => scheduler.setLimits(nowUs, "p/m", { concurrent: 0 }));
    expect(scene.reasonOf(waiting)).toBe("no_capacity");
    expect(scene.reasonOf(scene.offer())).toBe("no_capacity");
    scene.tell((scheduler, nowUs) => scheduler.setLimits(nowUs, "p/m", { concurrent: 2 }));
    const again = scene.offer();
    expect(scene.dispatched).toContain(again);
  });

  test("the ceiling of a deployment holds beside its limits", () => {
    const scene = new SchedulerScene({ concurrent: 5 });
    scene.tell((scheduler, nowUs) => scheduler.setCeiling(nowUs, "p/m", 1));
    scene.offer();
    const second = scene.offer();
    expect(scene.dispatched).not.toContain(second);
    scene.tell((scheduler, nowUs) => scheduler.setCeiling(nowUs, "p/m", undefined));
    expect(scene.dispatched).toContain(second);
  });
});

describe("what providers say", () => {
  test("nothing goes to one that said 429 before its time, and after it more slowly", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 });
    scene.tell((scheduler, nowUs) => scheduler.rateLimited(nowUs, "p/m", 2 * secondUs));
    const ticket = scene.offer({ tokens: 90 });
    scene.pass(2 * secondUs);
    expect(scene.dispatched).toEqual([]);
    scene.pass(2);
    expect(scene.dispatched).toEqual([ticket]);
    const next = scene.offer();
    scene.pass(990_000);
    expect(scene.dispatched).toEqual([ticket]);
    scene.pass(11_000);
    expect(scene.dispatched).toEqual([ticket, next]);
  });

  test("a burst of 429s during one pause slows it down as one does", () => {
    const served = [1, 50].map((refusals) => {
      const scene = new SchedulerScene({ tokensPerSecond: 1_000 });
      for (let told = 0; told < refusals; told += 1) {
        scene.tell((scheduler, nowUs) => scheduler.rateLimited(nowUs, "p/m", nowUs + secondUs));
      }
      for (let asked = 0; asked < 200; asked += 1) scene.offer({ tokens: 100 });
      scene.pass(10 * secondUs);
      return scene.dispatched.length;
    });
    expect(served[0]).toBeGreaterThan(70);
    expect(served[1]).toBe(served[0] ?? 0);
  });

  test("a pause longer than anybody would be let wait turns away at once, with its end as Retry-After", () => {
    const scene = new SchedulerScene({});
    scene.tell((scheduler, nowUs) => scheduler.rateLimited(nowUs, "p/m", 3_600 * secondUs));
    const ticket = scene.offer();
    expect(scene.effects.at(-1)).toMatchObject({ ticket, reason: "no_capacity", retryAfterMs: 32_000 });
    scene.pass(290 * secondUs);
    expect(scene.effects).toHaveLength(1);
    scene.offer();
    expect(scene.effects).toHaveLength(1);
    scene.pass(10 * secondUs);
    expect(scene.dispatched).toHaveLength(1);
  });

  test("what is said to be left is never exceeded", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 1_000, requestsPerSecond: 10 });
    scene.tell((scheduler, nowUs) => scheduler.told(nowUs, "p/m", { requests: { remaining: 1 } }));
    scene.offer();
    scene.offer();
    expect(scene.dispatched).toHaveLength(1);
  });
});

describe("several deployments", () => {
  /** A scene whose lane has two deployments with these weights. */
  function pair(limits = {}, weights: readonly [number, number] = [1, 1]): SchedulerScene {
    const scene = new SchedulerScene(limits);
    scene.add("q/m", limits, weights[1]);
    scene.scheduler.addDeployment({ id: "p/m", resources: ["p/m"], weight: weights[0], group: "g" });
    scene.lane = scene.scheduler.lane(["p/m", "q/m"]);
    return scene;
  }

  test("the same set is the same lane, whatever its order", () => {
    const scene = pair();
    expect(scene.scheduler.lane(["q/m", "p/m"])).toBe(scene.lane);
  });

  test("while nothing runs they take turns by weight, without bursts", () => {
    const scene = pair({}, [3, 1]);
    for (let index = 0; index < 8; index += 1) scene.complete(scene.offer());
    expect(scene.deployments.filter((id) => id === "q/m")).toHaveLength(2);
    expect(scene.deployments.slice(0, 4)).toContain("q/m");
  });

  test("otherwise the least loaded for its weight is taken", () => {
    const scene = pair({}, [3, 1]);
    for (let index = 0; index < 8; index += 1) scene.offer();
    expect(scene.deployments.filter((id) => id === "p/m")).toHaveLength(6);
  });

  test("a sound one goes before one on trial, and one out of order comes last of all", () => {
    const scene = pair({ concurrent: 1 });
    scene.tell((scheduler, nowUs) => scheduler.setHealth(nowUs, "p/m", "half-open"));
    scene.offer();
    scene.offer();
    expect(scene.deployments).toEqual(["q/m", "p/m"]);
    const out = pair({ concurrent: 1 });
    out.tell((scheduler, nowUs) => scheduler.setHealth(nowUs, "p/m", "open"));
    out.offer();
    out.offer();
    expect(out.deployments).toEqual(["q/m"]);
  });

  test("TC-P1-CB on trial it gets so many at once and no more, until it is sound again", () => {
    const scene = new SchedulerScene({});
    scene.tell((scheduler, nowUs) => scheduler.setHealth(nowUs, "p/m", "half-open"));
    scene.offer();
    const second = scene.offer();
    expect(scene.dispatched).toHaveLength(1);
    scene.tell((scheduler, nowUs) => scheduler.setHealth(nowUs, "p/m", "closed"));
    expect(scene.dispatched).toContain(second);
  });

  test("a lone one that is out of order is tried by one at a time, and the others are told at once", () => {
    const scene = new SchedulerScene({ concurrent: 2 });
    const healthy = [scene.offer(), scene.offer()];
    const waiting = [scene.offer(), scene.offer()];
    scene.tell((scheduler, nowUs) => scheduler.setHealth(nowUs, "p/m", "open"));
    expect(waiting.map((ticket) => scene.reasonOf(ticket))).toEqual(["no_capacity", "no_capacity"]);
    for (const ticket of healthy) scene.complete(ticket);
    const trial = scene.offer();
    expect(scene.dispatched).toContain(trial);
    expect(scene.reasonOf(scene.offer())).toBe("no_capacity");
    scene.complete(trial);
    const again = scene.offer();
    expect(scene.dispatched).toContain(again);
  });

  test("a trial that brought it back and streams on for long holds up no trial of later", () => {
    const scene = new SchedulerScene({});
    scene.tell((scheduler, nowUs) => scheduler.setHealth(nowUs, "p/m", "half-open"));
    const long = scene.offer();
    for (const health of ["closed", "open"] as const) {
      scene.tell((scheduler, nowUs) => scheduler.setHealth(nowUs, "p/m", health));
    }
    const next = scene.offer();
    expect(scene.dispatched).toEqual([long, next]);
    scene.complete(long);
    expect(scene.reasonOf(scene.offer())).toBe("no_capacity");
  });
});
