import { describe, expect, test } from "bun:test";
import { plainRules, SchedulerScene, secondUs } from "#core/scheduler/scheduler-scene.test-data.ts";

const one = { concurrent: 1 };

/** Levels of the first starts, by the level of each offer. */
function levelsOf(scene: SchedulerScene, levelOf: ReadonlyMap<number, number>): (number | undefined)[] {
  return scene.drain().map((ticket) => levelOf.get(ticket));
}

describe("between levels", () => {
  test("S7 TC-P0-PRI-001 strict: the most urgent first, and FIFO inside a level", () => {
    const scene = new SchedulerScene(one);
    const [running, late, first, second, urgent] = [9, 4, 2, 2, 1].map((level) => scene.offer({ level }));
    expect(scene.drain()).toEqual([running, urgent, first, second, late].filter((ticket) => ticket !== undefined));
  });

  test("V2 T-50 hybrid: under a flood of P0 a level with work gets its floor of everything served", () => {
    const levels = plainRules.levels.map((level, index) => ({ ...level, floorPermille: index === 9 ? 50 : 0 }));
    const scene = new SchedulerScene(one, { policy: "hybrid", levels });
    const levelOf = new Map<number, number>();
    for (let index = 0; index < 400; index += 1) {
      const level = index % 2 === 0 ? 0 : 9;
      levelOf.set(scene.offer({ level, tokens: 10 }), level);
    }
    const served = levelsOf(scene, levelOf).slice(0, 200);
    const low = served.filter((level) => level === 9).length;
    expect(low).toBeGreaterThanOrEqual(9);
    expect(low).toBeLessThanOrEqual(11);
    expect(
      scene.effects.filter((effect) => effect.type === "dispatch" && effect.byFloor).length,
    ).toBeGreaterThanOrEqual(9);
  });

  test("hybrid: a level owes nothing for having gone first while nobody more urgent was there", () => {
    const levels = plainRules.levels.map((level, index) => ({ ...level, floorPermille: index > 0 ? 100 : 0 }));
    const scene = new SchedulerScene(one, { policy: "hybrid", levels });
    const running = scene.offer({ level: 5 });
    const own = Array.from({ length: 60 }, () => scene.offer({ level: 5 }));
    for (const ticket of [running, ...own.slice(0, 29)]) scene.complete(ticket);
    for (let index = 0; index < 100; index += 1) scene.offer({ level: 0 });
    const before = scene.dispatched.length;
    const after = scene.drain().slice(before, before + 60);
    expect(after.filter((ticket) => own.includes(ticket)).length).toBeGreaterThanOrEqual(5);
  });

  test("weighted: levels with work share by weight", () => {
    const levels = plainRules.levels.map((level, index) => ({ ...level, weight: index === 0 ? 3 : 1 }));
    const scene = new SchedulerScene(one, { policy: "weighted", levels });
    const levelOf = new Map<number, number>();
    for (let index = 0; index < 200; index += 1) levelOf.set(scene.offer({ level: index % 2 }), index % 2);
    const served = levelsOf(scene, levelOf).slice(20, 100);
    expect(served.filter((level) => level === 0).length).toBeGreaterThanOrEqual(59);
    expect(served.filter((level) => level === 0).length).toBeLessThanOrEqual(61);
  });

  test("ageing: nobody is overtaken by one that came more than a step a level later", () => {
    const scene = new SchedulerScene(one, { ageingStepUs: 2 * secondUs });
    const running = scene.offer({ level: 0 });
    const low = scene.offer({ level: 1 });
    scene.pass(1_900_000);
    const soon = scene.offer({ level: 0 });
    scene.pass(200_000);
    const later = scene.offer({ level: 0 });
    expect(scene.drain()).toEqual([running, soon, low, later]);
  });

  test.each(["strict", "hybrid", "weighted"] as const)(
    "V3 under %s whoever is past the maximum age goes first, the oldest of them before",
    (policy) => {
      const scene = new SchedulerScene(one, { policy, maxAgeUs: secondUs });
      const running = scene.offer({ level: 0 });
      const [older, old] = [scene.offer({ level: 9 }), scene.offer({ level: 8 })];
      scene.pass(secondUs + 1);
      const fresh = scene.offer({ level: 0 });
      expect(scene.drain()).toEqual([running, older, old, fresh]);
    },
  );
});

describe("between tenants", () => {
  test("Q1 T-49 two tenants of one level take turns, however many requests one of them sends", () => {
    const scene = new SchedulerScene(one);
    const running = scene.offer({ tenant: "heavy" });
    const heavy = Array.from({ length: 50 }, () => scene.offer({ tenant: "heavy" }));
    const light = Array.from({ length: 5 }, () => scene.offer({ tenant: "light" }));
    const order = scene.drain();
    expect(order[0]).toBe(running);
    expect(light.every((ticket) => order.indexOf(ticket) <= 11)).toBe(true);
    expect(heavy.map((ticket) => order.indexOf(ticket))).toEqual(
      heavy.map((ticket) => order.indexOf(ticket)).toSorted((a, b) => a - b),
    );
  });

  test("Q1 service follows weight", () => {
    const scene = new SchedulerScene(one);
    const large = new Set<number>();
    for (let index = 0; index < 200; index += 1) {
      const heavier = index % 2 === 0;
      const ticket = scene.offer({ tenant: heavier ? "large" : "small", weight: heavier ? 3 : 1, tokens: 100 });
      if (heavier) large.add(ticket);
    }
    const taken = scene
      .drain()
      .slice(10, 90)
      .filter((ticket) => large.has(ticket)).length;
    expect(taken).toBeGreaterThanOrEqual(59);
    expect(taken).toBeLessThanOrEqual(61);
  });

  test("Q5 who was away has no credit", () => {
    const scene = new SchedulerScene(one);
    scene.complete(scene.offer({ tenant: "idle" }));
    for (let index = 0; index < 100; index += 1) scene.complete(scene.offer({ tenant: "busy", tokens: 100 }));
    scene.offer({ tenant: "busy", tokens: 100 });
    const before = scene.dispatched.length;
    const idle = new Set<number>();
    for (let index = 0; index < 20; index += 1) {
      scene.offer({ tenant: "busy", tokens: 100 });
      idle.add(scene.offer({ tenant: "idle", tokens: 100 }));
    }
    const next = scene.drain().slice(before, before + 10);
    expect(next.filter((ticket) => idle.has(ticket)).length).toBeLessThanOrEqual(6);
  });

  test("Q4 the settlement corrects what an estimate was wrong by", () => {
    const scene = new SchedulerScene(one);
    const liar = new Set<number>();
    for (let index = 0; index < 200; index += 1) {
      const lies = index % 2 === 0;
      const ticket = scene.offer({ tenant: lies ? "liar" : "honest", tokens: lies ? 1_000 : 100 });
      if (lies) liar.add(ticket);
    }
    const order = scene.drain({ inputTokens: 100, cachedTokens: 0, outputTokens: 0 }).slice(0, 100);
    expect(Math.abs(order.filter((ticket) => liar.has(ticket)).length - 50)).toBeLessThanOrEqual(2);
  });

  test("a retry goes before those of its tenant that arrived after it", () => {
    const scene = new SchedulerScene(one);
    scene.pass(secondUs);
    const running = scene.offer();
    const first = scene.offer();
    const again = scene.offer({ arrivedUs: 10 });
    expect(scene.drain()).toEqual([running, again, first]);
  });
});
