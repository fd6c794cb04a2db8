import { describe, expect, test } from "bun:test";
import { ladderScene } from "#core/degradation/ladder-scene.test-data.ts";
import { degradationSteps } from "#core/degradation/step.ts";

describe("the ladder", () => {
  test("is at 0 while all is well, every step with a gauge of its own", () => {
    const { ladder, log, meter } = ladderScene();
    expect([ladder.look(), ladder.rung, ladder.isPressedTo("refuse_new"), ladder.isShut]).toEqual([
      [],
      0,
      false,
      false,
    ]);
    expect(log.lines).toEqual([]);
    const named = meter.instruments.filter(({ name }) => name === "tokligence_degraded_step");
    expect(named).toMatchObject([{ labelNames: ["step"] }]);
  });

  test("goes up and down under pressure, with a gauge and a line of log for each entry and exit", () => {
    const scene = ladderScene();
    const { ladder, log, meter } = scene;
    const mode = (): number => meter.value("tokligence_degraded_mode");
    const modes: number[] = [];
    scene.press(800, 1);
    modes.push(mode());
    scene.press(900, 1);
    modes.push(mode());
    expect(ladder.look()).toEqual(["shed_worst", "shed_waiting"]);
    scene.press(0, 7, 2_000);
    modes.push(mode());
    expect(ladder.look()).toEqual(["shed_worst", "shed_waiting", "refuse_new"]);
    expect([
      ladder.isPressedTo("refuse_new"),
      ladder.isShut,
      meter.value("tokligence_degraded_step", "refuse_new"),
    ]).toEqual([true, true, 1]);
    scene.press(0, 60 + 1);
    modes.push(mode());
    expect([ladder.isPressedTo("refuse_new"), meter.value("tokligence_degraded_step", "refuse_new")]).toEqual([
      false,
      0,
    ]);
    scene.press(0, 60);
    modes.push(mode());
    scene.press(0, 60);
    modes.push(mode());
    expect(modes).toEqual([1, 2, 6, 2, 1, 0]);
    expect(log.lines.map(({ level, event, fields }) => [level, event, fields["step"]])).toEqual([
      ["warn", "degradation_entered", "shed_worst"],
      ["warn", "degradation_entered", "shed_waiting"],
      ["warn", "degradation_entered", "refuse_new"],
      ["info", "degradation_left", "refuse_new"],
      ["info", "degradation_left", "shed_waiting"],
      ["info", "degradation_left", "shed_worst"],
    ]);
    expect(log.lines[0]?.fields).toMatchObject({ load_percent: 80, lag_ms: 0, keys: "all", rows: "books" });
    expect(log.lines[3]?.fields["lasted_ms"]).toBe(31_000);
  });

  test.each([
    ["keys", "known", ["known_keys_only"], 3],
    ["rows", "spool", ["spooling"], 4],
    ["keys", "none", ["no_keys"], 5],
    ["rows", "nowhere", ["refuse_new"], 6],
  ] as const)("shows a store that fails for as long as it does: %s %s", (store, state, steps, mode) => {
    const scene = ladderScene();
    scene.stores = { ...scene.stores, [store]: state };
    expect([scene.ladder.look(), scene.meter.value("tokligence_degraded_mode")]).toEqual([[...steps], mode]);
    scene.stores = { keys: "all", rows: "books" };
    expect([scene.ladder.look(), scene.meter.value("tokligence_degraded_mode")]).toEqual([[], 0]);
    expect(scene.log.events).toEqual(["degradation_entered", "degradation_left"]);
  });

  test("tells several troubles at once, the mildest first, and the number of the worst", () => {
    const scene = ladderScene();
    scene.stores = { keys: "none", rows: "spool" };
    scene.press(800, 1);
    expect(scene.ladder.look()).toEqual(["shed_worst", "spooling", "no_keys"]);
    expect(scene.meter.value("tokligence_degraded_mode")).toBe(5);
    const shown = degradationSteps.filter((step) => scene.meter.value("tokligence_degraded_step", step) === 1);
    expect(shown).toEqual(["shed_worst", "spooling", "no_keys"]);
  });
});

describe("whoever is turned away", () => {
  test("is told overloaded with a time to come back, and counted by step", () => {
    const { ladder, meter } = ladderScene();
    const error = ladder.turnAway("shed_worst", "No.");
    expect(error).toMatchObject({ code: "overloaded", status: 503, details: { reason: "shed_worst" } });
    expect([1_000, 2_000]).toContain(error?.retryAfterMs ?? 0);
    expect(meter.value("tokligence_shed_requests_total", "shed_worst", "enforce")).toBe(1);
  });

  test("is only counted in shadow, where the steps show all the same", () => {
    const scene = ladderScene({ mode: "shadow" });
    scene.press(0, 8, 2_000);
    const { ladder, meter } = scene;
    expect([ladder.isPressedTo("refuse_new"), ladder.isShut, meter.value("tokligence_degraded_mode")]).toEqual([
      true,
      false,
      6,
    ]);
    expect(ladder.turnAway("refuse_new", "No.")).toBeUndefined();
    expect(meter.value("tokligence_shed_requests_total", "refuse_new", "shadow")).toBe(1);
  });

  test("is turned away in any mode where no row can be written", () => {
    for (const mode of ["shadow", "off"] as const) {
      const scene = ladderScene({ mode, rungs: [] });
      scene.stores = { keys: "all", rows: "nowhere" };
      scene.ladder.look();
      expect([scene.ladder.isShut, scene.ladder.turnAway("refuse_new", "No.")?.code]).toEqual([true, "overloaded"]);
    }
  });

  test("is nobody where load is never shed, however late everything is", () => {
    const scene = ladderScene({ mode: "off", rungs: [] });
    scene.press(1_000, 100, 60_000);
    expect([scene.ladder.look(), scene.ladder.rung]).toEqual([[], 0]);
  });
});
