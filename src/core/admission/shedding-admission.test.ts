import { describe, expect, test } from "bun:test";
import { ladderScene } from "#core/degradation/ladder-scene.test-data.ts";
import type { SheddingRules } from "#core/degradation/ladder.ts";
import { ask, atOnce, bench, ended, one, refused } from "#core/admission/admission-bench.test-data.ts";
import { SheddingAdmission } from "#core/admission/shedding-admission.ts";

function scene(more: { levels?: number; defaultLevel?: number; rules?: Partial<SheddingRules> } = {}) {
  const { levels = 10, defaultLevel = 5, rules = {} } = more;
  const scheduled = bench({ a: { concurrent: 2 } });
  const under = ladderScene(rules, scheduled.clock);
  const shedding = new SheddingAdmission({ inner: scheduled.admission, ladder: under.ladder, levels, defaultLevel });
  /** The levels that are turned away now. */
  const shedLevels = (): number[] =>
    Array.from({ length: levels }, (_, level) => level).filter((level) => shedding.wouldTurnAway(ask({ level })));
  return { scheduled, under, shedding, shedLevels };
}

describe("shedding", () => {
  test("without pressure everybody goes to the scheduler, whatever the level", () => {
    const { shedding, shedLevels } = scene();
    expect(shedLevels()).toEqual([]);
    expect(atOnce(shedding.admit(ask({ level: 9 })))).toMatchObject({ waitedMs: 0 });
    const waits = shedding.admit(ask({ level: 9, id: "req_2" }));
    expect(waits).not.toBeInstanceOf(Promise);
    expect(shedding.admit(ask({ level: 9, id: "req_3" }))).toBeInstanceOf(Promise);
    expect(shedding.placeOf("req_3")?.position).toBe(0);
  });

  test.each([
    [10, 5, [8, 9]],
    [5, 3, [4]],
    [3, 2, []],
    [2, 0, [1]],
    [1, 0, []],
    [10, 9, []],
    [100, 55, [88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99]],
  ])(
    "of %p levels, %p the default, the worst fifth goes first, and never the default",
    (levels, defaultLevel, shed) => {
      const { under, shedLevels } = scene({ levels, defaultLevel });
      under.press(800, 1);
      expect(shedLevels()).toEqual(shed);
    },
  );

  /** Answers take this long, as far as anybody knows. */
  const learn = ({ scheduled, shedding }: ReturnType<typeof scene>, durationMs: number): void => {
    const lease = atOnce(shedding.admit(ask({ id: "req_0" })));
    scheduled.clock.advance(durationMs);
    lease.release(ended);
  };

  test("then goes whoever would have to wait long; what waits already goes on, and who finds room is let in", async () => {
    const all = scene();
    const { scheduled, under, shedding } = all;
    learn(all, 60_000);
    const first = atOnce(shedding.admit(ask()));
    atOnce(shedding.admit(ask({ id: "req_2" })));
    const waits = shedding.admit(ask({ id: "req_3" }));
    under.press(900, 2);
    const error = refused(() => shedding.admit(ask({ id: "req_4", level: 0 })));
    expect(error).toMatchObject({ code: "overloaded", details: { reason: "shed_waiting" } });
    expect(scheduled.admission.state()).toMatchObject({ queued: 1, inFlight: 2 });
    first.release(ended);
    (await waits).release(ended);
    expect(atOnce(shedding.admit(ask({ id: "req_5", level: 7 })))).toMatchObject({ waitedMs: 0 });
    expect(refused(() => shedding.admit(ask({ id: "req_6", level: 8 }))).details).toEqual({ reason: "shed_worst" });
  });

  test("a short wait is given by urgency as before", async () => {
    const all = scene();
    const { under, shedding } = all;
    learn(all, 1_000);
    const first = atOnce(shedding.admit(ask()));
    atOnce(shedding.admit(ask({ id: "req_2" })));
    under.press(900, 2);
    const waits = shedding.admit(ask({ id: "req_3", level: 5 }));
    const urgent = shedding.admit(ask({ id: "req_4", level: 0 }));
    expect([waits instanceof Promise, urgent instanceof Promise]).toEqual([true, true]);
    first.release(ended);
    (await urgent).release(ended);
    (await waits).release(ended);
  });

  test("takes nothing of the scheduler, and says which level and when to come back", () => {
    const { scheduled, under, shedding } = scene();
    under.press(800, 1);
    const error = refused(() => shedding.admit(ask({ level: 9 })));
    expect(error.message).toContain("P9 Background");
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(1_000);
    expect(scheduled.admission.state()).toMatchObject({ queued: 0, inFlight: 0, refusals: [] });
    expect(under.meter.value("tokligence_shed_requests_total", "shed_worst", "enforce")).toBe(1);
  });

  test("in shadow only counts, and what would become of a call is what really does", () => {
    const { under, shedding, shedLevels } = scene({ rules: { mode: "shadow" } });
    under.press(800, 1);
    expect(shedLevels()).toEqual([]);
    expect(atOnce(shedding.admit(ask({ level: 9 })))).toMatchObject({ waitedMs: 0 });
    expect(under.meter.value("tokligence_shed_requests_total", "shed_worst", "shadow")).toBe(1);
  });

  test("ends when the pressure does", () => {
    const { under, shedLevels } = scene();
    under.press(800, 1);
    under.press(639, 61);
    expect([shedLevels(), under.ladder.rung]).toEqual([[], 0]);
  });
});

test("a pool without room passes to the scheduler's own refusals: they say more", () => {
  const scheduled = bench(one, { maxQueued: 0 });
  const { ladder, press } = ladderScene({}, scheduled.clock);
  const shedding = new SheddingAdmission({ inner: scheduled.admission, ladder, levels: 10, defaultLevel: 5 });
  atOnce(shedding.admit(ask()));
  press(900, 2);
  expect(refused(() => shedding.admit(ask({ id: "req_2" }))).code).toBe("queue_full");
});
