/** More is asked than there is: what is let through, who waits, and who is turned away. */
import { describe, expect, test } from "bun:test";
import { atOnce, poisson } from "./arrivals.ts";
import { goodputPerSecond, serviceBy, startedIn, waitsUs } from "./measures.ts";
import {
  meanTokens,
  measured,
  mixed,
  p99Seconds,
  scene,
  secondUs,
  standardRules,
  timesCapacity,
  tokensPerSecond,
} from "./scene.ts";
import { goodputAt } from "./goodput.ts";

const loads = [2, 5, 10];

describe("goodput", () => {
  test.each(["tokens", "slots"] as const)(
    "where %s are scarce it is at least 95 percent of capacity at 2, 5 and 10 times the load, and flat within 5 percent",
    (scarce) => {
      const goodputs = loads.map((load) => goodputAt({ load, scarce, seed: 1 }));
      for (const goodput of goodputs) expect(goodput).toBeGreaterThanOrEqual(0.95);
      expect(Math.max(...goodputs) - Math.min(...goodputs)).toBeLessThanOrEqual(0.05);
    },
  );

  test("below capacity everyone is let in at once", () => {
    const simulation = scene(2);
    poisson(simulation, { fromUs: 0, untilUs: measured.untilUs, perSecond: timesCapacity(0.5) }, () =>
      simulation.send(mixed(simulation, "a", 5)),
    );
    simulation.run(measured.untilUs);
    expect(simulation.fates.filter(({ refused }) => refused !== undefined)).toEqual([]);
    expect(p99Seconds(waitsUs(simulation.fates, measured))).toBeLessThan(0.2);
  });
});

describe("levels", () => {
  test("when P0 alone offers 1.5 times capacity, its wait at p99 is at most 1.1 times its budget", () => {
    const simulation = scene(3);
    poisson(simulation, { fromUs: 0, untilUs: measured.untilUs, perSecond: timesCapacity(1.5) }, () =>
      simulation.send(mixed(simulation, `t${simulation.draws.integer(0, 9)}`, 0)),
    );
    simulation.run(measured.untilUs);
    expect(p99Seconds(waitsUs(simulation.fates, measured))).toBeLessThanOrEqual(2.2);
    expect(goodputPerSecond(simulation.fates, measured)).toBeGreaterThanOrEqual(0.95 * tokensPerSecond);
  });

  test("T-50 under a lasting flood of P0 the lowest level gets at least nine tenths of its floor, and every level in between", () => {
    const simulation = scene(4);
    const window = { fromUs: 60 * secondUs, untilUs: 660 * secondUs };
    poisson(simulation, { fromUs: 0, untilUs: window.untilUs, perSecond: timesCapacity(3) }, () =>
      simulation.send(mixed(simulation, "flood", 0)),
    );
    for (let level = 1; level < 10; level += 1) {
      poisson(simulation, { fromUs: 0, untilUs: window.untilUs, perSecond: timesCapacity(0.05) }, () =>
        simulation.send(mixed(simulation, "other", level)),
      );
    }
    simulation.run(window.untilUs);
    const all = serviceBy(simulation.fates, window, ({ request }) => `P${request.level}`);
    const total = [...all.values()].reduce((sum, part) => sum + part, 0);
    expect(total / ((window.untilUs - window.fromUs) / secondUs)).toBeGreaterThanOrEqual(0.95 * tokensPerSecond);
    for (let level = 1; level < 10; level += 1)
      expect((all.get(`P${level}`) ?? 0) / total).toBeGreaterThanOrEqual(0.9 * 0.01);
  });

  test("T-47 hundreds that come at once wait together and go by level, and inside a level in order", () => {
    const simulation = scene(
      5,
      { concurrent: 4 },
      {
        policy: "strict",
        maxAgeUs: 3_600 * secondUs,
        levels: standardRules.levels.map((level) => ({ ...level, waitBudgetUs: 3_600 * secondUs })),
        queueTimeoutUs: 3_600 * secondUs,
        tenantSharePermille: 1_000,
      },
    );
    let sent = 0;
    atOnce(simulation, 0, 500, () => {
      sent += 1;
      simulation.send({ tenant: "a", level: simulation.draws.integer(0, 9), inputTokens: 10, outputTokens: 20 });
    });
    simulation.run(600 * secondUs);
    expect(simulation.fates.filter(({ startedUs }) => startedUs !== undefined)).toHaveLength(sent);
    const waited = simulation.fates
      .filter((fate) => fate.startedUs !== 0)
      .toSorted((one, other) => (one.startedUs ?? 0) - (other.startedUs ?? 0));
    expect(waited.length).toBeGreaterThan(450);
    for (const [index, fate] of waited.entries()) {
      const next = waited[index + 1];
      if (next !== undefined) expect(next.request.level).toBeGreaterThanOrEqual(fate.request.level);
    }
  });

  test("a P0 flood is turned away on arrival rather than left to wait, and told when to come back", () => {
    const simulation = scene(6);
    const told: (number | undefined)[] = [];
    poisson(simulation, { fromUs: 0, untilUs: measured.untilUs, perSecond: timesCapacity(10) }, () => {
      simulation.send(mixed(simulation, `t${simulation.draws.integer(0, 3)}`, 0), {
        refused: (retryAfterMs) => told.push(retryAfterMs),
      });
    });
    simulation.run(measured.untilUs);
    const refused = simulation.fates.filter((fate) => fate.refused !== undefined);
    expect(refused.filter((fate) => fate.refused === "predicted_wait").length).toBeGreaterThan(0.9 * refused.length);
    expect(
      told.every((retryAfterMs) => retryAfterMs !== undefined && retryAfterMs >= 1_000 && retryAfterMs <= 39_000),
    ).toBe(true);
    expect(startedIn(simulation.fates, measured).length * meanTokens).toBeGreaterThan(0.9 * tokensPerSecond * 120);
  });
});
