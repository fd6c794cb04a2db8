/** Bad days: everyone at once, everyone again, half the capacity gone, estimates that are far off. */
import { describe, expect, test } from "bun:test";
import { atOnce, poisson } from "./arrivals.ts";
import { goodputPerSecond, jainIndex, serviceBy, startedIn, waitsUs } from "./measures.ts";
import {
  meanTokens,
  measured,
  mixed,
  p99Seconds,
  scene,
  secondUs,
  sendObediently,
  timesCapacity,
  tokensPerSecond,
} from "./scene.ts";
import type { Simulation } from "./simulation.ts";

const whole = { fromUs: 0, untilUs: measured.untilUs };

function anyone(simulation: Simulation): string {
  return `t${simulation.draws.integer(0, 7)}`;
}

describe("trouble", () => {
  test("a thundering herd after an outage is let in as fast as capacity allows, within half as long again as it was promised", () => {
    const simulation = scene(31);
    atOnce(simulation, secondUs, 5_000, () =>
      simulation.send(mixed(simulation, anyone(simulation), simulation.draws.integer(0, 9))),
    );
    simulation.run(100 * secondUs);
    const window = { fromUs: secondUs, untilUs: 11 * secondUs };
    expect(goodputPerSecond(simulation.fates, window)).toBeGreaterThanOrEqual(0.95 * tokensPerSecond);
    const herd = { fromUs: 0, untilUs: secondUs + 1 };
    const waitOf = (level: number) =>
      p99Seconds(
        waitsUs(
          simulation.fates.filter(({ request }) => request.level === level),
          herd,
        ),
      );
    // Half as long again, as P1 has it: tenants that came after had less queued, and go first by their share.
    expect(waitOf(0)).toBeLessThanOrEqual(1.5 * 2);
    // All come in one instant: who is of level 1 was let in before the last of level 0 was there to be foreseen.
    expect(waitOf(1)).toBeLessThanOrEqual(1.5 * 2 + 2);
  });

  test("a storm of retries by clients that come back at once costs no goodput", () => {
    const simulation = scene(32);
    const hammer = (attempts: number): void => {
      const again = (): void => simulation.events.after(50_000, () => hammer(attempts - 1));
      simulation.send(mixed(simulation, anyone(simulation), 5), attempts > 1 ? { refused: again } : {});
    };
    poisson(simulation, { ...whole, perSecond: timesCapacity(2) }, () => hammer(20));
    simulation.run(whole.untilUs);
    expect(goodputPerSecond(simulation.fates, measured)).toBeGreaterThanOrEqual(0.95 * tokensPerSecond);
  });

  test("P2 when clients come back as they are told, the load falls to what can be served within three times that, and stays", () => {
    const simulation = scene(33);
    // 600 clients that each want one request after another: thirty seconds of work, wanted at once.
    const client = (): void => {
      const tenant = anyone(simulation);
      const want = (): void => {
        const refused = (retryAfterMs = 1_000): void => simulation.events.after(retryAfterMs * 1_000, want);
        simulation.send(mixed(simulation, tenant, 0), { refused, ended: want });
      };
      simulation.events.after(simulation.draws.integer(0, secondUs), want);
    };
    for (let index = 0; index < 600; index += 1) client();
    const untilUs = 400 * secondUs;
    simulation.run(untilUs);
    const windows = Array.from({ length: 14 }, (_, index) => ({
      fromUs: (120 + 20 * index) * secondUs,
      untilUs: (140 + 20 * index) * secondUs,
    }));
    for (const window of windows) {
      const offered = simulation.fates.filter(
        ({ arrivedUs }) => arrivedUs >= window.fromUs && arrivedUs < window.untilUs,
      ).length;
      const served = startedIn(simulation.fates, window).length;
      expect(offered / served).toBeLessThanOrEqual(3);
      expect(goodputPerSecond(simulation.fates, window)).toBeGreaterThanOrEqual(0.8 * tokensPerSecond);
    }
    expect(goodputPerSecond(simulation.fates, { fromUs: 120 * secondUs, untilUs })).toBeGreaterThanOrEqual(
      0.95 * tokensPerSecond,
    );
  });

  test("a storm of obedient retries is served at full capacity, and who comes back is let in", () => {
    const simulation = scene(34);
    poisson(simulation, { fromUs: 0, untilUs: 60 * secondUs, perSecond: timesCapacity(2) }, () => {
      sendObediently(simulation, () => mixed(simulation, anyone(simulation), 5), 30);
    });
    simulation.run(400 * secondUs);
    const wanted = timesCapacity(2) * 60;
    const served = simulation.fates.filter(({ startedUs }) => startedUs !== undefined).length;
    expect(served).toBeGreaterThan(0.95 * wanted);
    expect(
      goodputPerSecond(simulation.fates, { fromUs: 10 * secondUs, untilUs: 60 * secondUs }),
    ).toBeGreaterThanOrEqual(0.95 * tokensPerSecond);
  });

  test("a thousand with one deadline: those that can be served are, none starts after it, and the rest know at once", () => {
    const simulation = scene(35);
    const deadlineInUs = 20 * secondUs;
    atOnce(simulation, 0, 1_000, () => simulation.send(mixed(simulation, anyone(simulation), 5, { deadlineInUs })));
    simulation.run(60 * secondUs);
    const started = simulation.fates.filter(({ startedUs }) => startedUs !== undefined);
    // A quarter of the deadline is what may be spent waiting.
    expect(started.length * meanTokens).toBeGreaterThan(4 * tokensPerSecond);
    expect(started.every(({ startedUs = 0 }) => startedUs < deadlineInUs)).toBe(true);
    const refused = simulation.fates.filter((fate) => fate.refused === "deadline_exceeded");
    expect(refused.length).toBeLessThan(0.05 * simulation.fates.length);
  });

  test("capacity halved in the middle: what is let through follows within seconds, and P0 keeps its budget", () => {
    const simulation = scene(36);
    poisson(simulation, { ...whole, perSecond: timesCapacity(0.2) }, () =>
      simulation.send(mixed(simulation, anyone(simulation), 0)),
    );
    poisson(simulation, { ...whole, perSecond: timesCapacity(1.5) }, () =>
      simulation.send(mixed(simulation, anyone(simulation), 5)),
    );
    simulation.events.at(70 * secondUs, () => simulation.setLimits("p/m", { tokensPerSecond: tokensPerSecond / 2 }));
    simulation.run(whole.untilUs);
    const after = { fromUs: 75 * secondUs, untilUs: whole.untilUs };
    const goodput = goodputPerSecond(simulation.fates, after);
    expect(goodput).toBeGreaterThanOrEqual((0.95 * tokensPerSecond) / 2);
    expect(goodput).toBeLessThanOrEqual((1.05 * tokensPerSecond) / 2);
    expect(
      p99Seconds(
        waitsUs(
          simulation.fates.filter(({ request }) => request.level === 0),
          measured,
        ),
      ),
    ).toBeLessThanOrEqual(2.2);
  });

  test.each([[1 / 3], [3]])("estimates off by a factor of %f cost neither goodput nor fairness", (factor) => {
    const simulation = scene(37);
    const off = (tenant: string) => {
      const request = mixed(simulation, tenant, 5);
      return {
        ...request,
        expected: {
          inputTokens: Math.round(request.inputTokens * factor),
          cachedTokens: 0,
          outputTokens: Math.round(request.outputTokens * factor),
        },
      };
    };
    for (const tenant of ["a", "b"])
      poisson(simulation, { ...whole, perSecond: timesCapacity(1) }, () => simulation.send(off(tenant)));
    simulation.run(whole.untilUs);
    expect(goodputPerSecond(simulation.fates, measured)).toBeGreaterThanOrEqual(0.95 * tokensPerSecond);
    expect(
      jainIndex([...serviceBy(simulation.fates, measured, ({ request }) => request.tenant).values()]),
    ).toBeGreaterThanOrEqual(0.99);
  });
});
