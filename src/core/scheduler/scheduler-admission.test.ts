import { describe, expect, test } from "bun:test";
import type { Offer } from "#core/scheduler/offer.ts";
import { type Asked, input, plainRules, SchedulerScene, secondUs } from "#core/scheduler/scheduler-scene.test-data.ts";

const one = { concurrent: 1 };

function budget(waitBudgetUs: number): Pick<typeof plainRules, "levels"> {
  return { levels: plainRules.levels.map((level) => ({ ...level, waitBudgetUs })) };
}

describe("the wait that is foreseen", () => {
  test("P1 debt and what waits before it, over the rate", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 });
    scene.offer({ tokens: 300 });
    const first = scene.offer({ tokens: 200 });
    expect(scene.scheduler.place(scene.nowUs, first)?.predictedUs).toBe(2 * secondUs + 1);
    const second = scene.offer({ tokens: 1 });
    const predictedUs = scene.scheduler.place(scene.nowUs, second)?.predictedUs ?? 0;
    expect(predictedUs).toBeGreaterThanOrEqual(4 * secondUs);
    scene.pass(predictedUs);
    expect(scene.dispatched).toContain(second);
  });

  test("whoever would wait longer than its level allows is refused at once, and told when to come back", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 }, budget(2 * secondUs));
    scene.offer({ tokens: 250 });
    scene.offer({ tokens: 100 });
    const late = scene.offer({ tokens: 1 });
    expect(scene.effects.at(-1)).toMatchObject({ type: "refuse", ticket: late, reason: "predicted_wait" });
    const effect = scene.effects.at(-1);
    expect(effect?.type === "refuse" && effect.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(effect?.type === "refuse" && effect.predictedUs).toBeGreaterThan(2 * secondUs);
  });

  test("one that has not ended anything yet is taken for as fast as the others of its lane", () => {
    const scene = new SchedulerScene({ concurrent: 1 }, budget(2 * secondUs));
    scene.add("q/m", { concurrent: 1 });
    const slow = scene.offer();
    scene.pass(10 * secondUs);
    scene.complete(slow);
    scene.lane = scene.scheduler.lane(["p/m", "q/m"]);
    const asked = Array.from({ length: 20 }, () => scene.offer());
    expect(asked.filter((ticket) => scene.reasonOf(ticket) === "predicted_wait").length).toBeGreaterThanOrEqual(16);
  });

  test("an empty level always lets one wait, however little its budget", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 }, budget(0));
    scene.offer({ tokens: 1_000 });
    const [alone, second] = [scene.offer(), scene.offer()];
    expect([scene.reasonOf(alone), scene.reasonOf(second)]).toEqual([undefined, "predicted_wait"]);
  });

  test("a quarter of the time that is left is the most that waiting may take", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 });
    scene.offer({ tokens: 300 });
    scene.offer();
    expect(scene.reasonOf(scene.offer({ deadlineUs: 7 * secondUs }))).toBe("predicted_wait");
    expect(scene.reasonOf(scene.offer({ deadlineUs: 9 * secondUs }))).toBeUndefined();
  });

  test("while the process is strained waits are half as long", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 }, budget(3 * secondUs));
    scene.offer({ tokens: 300 });
    scene.offer();
    expect(scene.reasonOf(scene.offer())).toBeUndefined();
    scene.tell((scheduler, nowUs) => scheduler.setStrained(nowUs, true));
    expect(scene.reasonOf(scene.offer())).toBe("predicted_wait");
  });

  test("T-49 the queue of a heavy tenant does not keep a light one out", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 }, budget(3 * secondUs));
    for (let index = 0; index < 20; index += 1) scene.offer({ tenant: "heavy", tokens: 50 });
    expect(scene.effects.at(-1)).toMatchObject({ type: "refuse", reason: "predicted_wait" });
    const light = scene.offer({ tenant: "light", tokens: 50 });
    expect(scene.reasonOf(light)).toBeUndefined();
    const before = scene.dispatched.length;
    scene.pass(2 * secondUs);
    expect(scene.dispatched.slice(before, before + 2)).toContain(light);
  });

  test("slots count by how long requests take", () => {
    const scene = new SchedulerScene(one, budget(5 * secondUs));
    const first = scene.offer();
    scene.pass(2 * secondUs);
    scene.complete(first);
    scene.offer();
    const waiting = [scene.offer(), scene.offer(), scene.offer()];
    expect(waiting.map((ticket) => scene.reasonOf(ticket))).toEqual([undefined, undefined, "predicted_wait"]);
  });

  test("under hybrid a low level waits for its floor and not for all that is more urgent", () => {
    const levels = plainRules.levels.map((level, index) => ({ ...level, floorPermille: index === 9 ? 100 : 0 }));
    const scene = new SchedulerScene({ tokensPerSecond: 100 }, { policy: "hybrid", levels });
    for (let index = 0; index < 40; index += 1) scene.offer({ level: 0, tokens: 100 });
    scene.offer({ level: 9, tokens: 100 });
    const low = scene.offer({ level: 9, tokens: 100 });
    const predictedUs = scene.scheduler.place(scene.nowUs, low)?.predictedUs ?? 0;
    expect(predictedUs).toBeGreaterThanOrEqual(10 * secondUs);
    expect(predictedUs).toBeLessThanOrEqual(30 * secondUs);
  });

  test("what is foreseen without asking is what an offer meets, and asking changes nothing", () => {
    const scene = new SchedulerScene({ tokensPerSecond: 100 }, { ...budget(2 * secondUs), maxQueued: 3 });
    const asked: Asked[] = [250, 100, 1, 1].map((tokens, index) => ({ tokens, tenant: `t${index}` }));
    for (const { tokens = 1, tenant = "" } of asked) {
      const offer: Offer = {
        lane: scene.lane,
        level: 5,
        tenant,
        weight: 1,
        expected: input(tokens),
        bytes: 1,
        arrivedUs: 0,
      };
      const before = scene.scheduler.state(scene.nowUs);
      const forecast = scene.scheduler.forecast(scene.nowUs, offer);
      expect(scene.scheduler.forecast(scene.nowUs, offer)).toEqual(forecast);
      expect(scene.scheduler.state(scene.nowUs)).toEqual(before);
      const ticket = scene.offer({ tokens, tenant });
      const effect = scene.effects.find((one) => one.ticket === ticket);
      expect(effect?.type ?? "queue").toBe(forecast.outcome);
      expect(scene.reasonOf(ticket)).toBe(forecast.reason);
    }
  });
});

describe("the end of waiting", () => {
  test("S5 nothing is dispatched at its deadline, and it is told so without a time to come back", () => {
    const scene = new SchedulerScene(one);
    const running = scene.offer();
    const doomed = scene.offer({ deadlineUs: secondUs });
    scene.pass(secondUs);
    scene.complete(running);
    expect(scene.effects.at(-1)).toMatchObject({
      ticket: doomed,
      reason: "deadline_exceeded",
      retryAfterMs: undefined,
    });
    expect(scene.reasonOf(scene.offer({ deadlineUs: scene.nowUs }))).toBe("deadline_exceeded");
  });

  test("nobody waits longer than the queue allows", () => {
    const scene = new SchedulerScene(one, { queueTimeoutUs: 3 * secondUs });
    scene.offer();
    const waiting = scene.offer();
    expect(scene.scheduler.nextWakeUs).toBe(3 * secondUs);
    scene.pass(3 * secondUs);
    expect(scene.reasonOf(waiting)).toBe("queue_timeout");
    expect(scene.scheduler.nextWakeUs).toBeUndefined();
  });

  test("F22 whoever leaves the queue is out of it at once", () => {
    const scene = new SchedulerScene(one);
    const running = scene.offer();
    const [gone, next] = [scene.offer(), scene.offer()];
    scene.cancel(gone);
    scene.complete(running);
    expect(scene.dispatched).toEqual([running, next]);
  });
});

describe("bounds", () => {
  test("S9 in a full queue the newest of the worst level goes for one more urgent, of the tenant with most service", () => {
    const scene = new SchedulerScene(one, { maxQueued: 4 });
    scene.offer({ tenant: "served", level: 9, tokens: 100 });
    const [older, newer] = [scene.offer({ tenant: "served", level: 9 }), scene.offer({ tenant: "served", level: 9 })];
    scene.offer({ tenant: "new", level: 9 });
    scene.offer({ tenant: "new", level: 8 });
    const urgent = scene.offer({ level: 2 });
    expect(scene.reasonOf(newer)).toBe("evicted");
    expect([scene.reasonOf(older), scene.reasonOf(urgent)]).toEqual([undefined, undefined]);
    expect(scene.scheduler.state(scene.nowUs).queued).toBe(4);
  });

  test("S9 nobody goes for one of the same level", () => {
    const scene = new SchedulerScene(one, { maxQueued: 1 });
    scene.offer();
    scene.offer();
    expect(scene.reasonOf(scene.offer())).toBe("queue_full");
  });

  test("S6 a tenant has its share of the queue and no more", () => {
    const scene = new SchedulerScene(one, { maxQueued: 8, tenantSharePermille: 250 });
    const tickets = Array.from({ length: 4 }, () => scene.offer());
    expect(tickets.map((ticket) => scene.reasonOf(ticket))).toEqual([undefined, undefined, undefined, "queue_full"]);
    expect(scene.reasonOf(scene.offer({ tenant: "other" }))).toBeUndefined();
  });

  test("S6 bytes count: as many go as are needed, and nobody when that would not be enough", () => {
    const scene = new SchedulerScene(one, { maxQueuedBytes: 100 });
    scene.offer();
    const small = [scene.offer({ level: 9, bytes: 40 }), scene.offer({ level: 9, bytes: 40 })];
    expect(scene.reasonOf(scene.offer({ level: 1, bytes: 101 }))).toBe("queue_full");
    expect(small.map((ticket) => scene.reasonOf(ticket))).toEqual([undefined, undefined]);
    expect(scene.reasonOf(scene.offer({ level: 1, bytes: 90 }))).toBeUndefined();
    expect(small.map((ticket) => scene.reasonOf(ticket))).toEqual(["evicted", "evicted"]);
    expect(scene.scheduler.state(scene.nowUs)).toMatchObject({ queued: 1, queuedBytes: 90 });
  });

  test("the state shows who waits, and the last that were turned away", () => {
    const scene = new SchedulerScene(one, { maxQueued: 1 });
    scene.offer({ tenant: "a" });
    scene.offer({ tenant: "b", bytes: 7 });
    scene.offer({ tenant: "c" });
    scene.nowUs += 5;
    const state = scene.scheduler.state(scene.nowUs);
    expect(state).toMatchObject({ queued: 1, queuedBytes: 7, inFlight: 1 });
    expect(state.refusals).toEqual([{ agoUs: 5, level: 5, tenant: "c", pool: "g", reason: "queue_full" }]);
    expect(state.pools[0]?.levels[5]).toMatchObject({ level: 5, queued: 1, queuedBytes: 7, oldestUs: 5 });
    expect(state.pools[0]?.tenants).toEqual([
      { tenant: "b", queued: 1, inFlight: 0 },
      { tenant: "a", queued: 0, inFlight: 1 },
    ]);
  });
});
