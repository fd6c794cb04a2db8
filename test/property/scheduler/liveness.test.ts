/** What must happen: capacity is used, every level gets its floor, age is heard, queues empty. */
import { describe, expect } from "bun:test";
import * as fc from "fast-check";
import { arbitraryTrace } from "./arbitrary-trace.ts";
import { promise } from "./promise.ts";
import { Replay } from "./replay.ts";
import { holds } from "./violation.ts";
import { patientRules, secondUs, simpleWorld } from "./world.ts";

/** After every event: nobody waits who could go, and the scheduler asks to be woken when somebody can. */
function usesAll(replay: Replay): void {
  const { books, capacity, scheduler, nowUs } = replay;
  for (const { offer } of books.waiting.all()) {
    const members = replay.membersOf(offer.lane);
    const fromUs = Math.min(...members.map((deployment) => capacity.canStartFromUs(nowUs, deployment)));
    holds("V1", fromUs > nowUs, () => "somebody waits who could go");
    const wakeUs = scheduler.nextWakeUs ?? Number.POSITIVE_INFINITY;
    holds("V1", wakeUs <= fromUs, () => `wakes at ${wakeUs}, and somebody can go from ${fromUs}`);
  }
}

function watched(replay: Replay): Replay {
  replay.afterEvent = () => usesAll(replay);
  return replay;
}

describe("liveness", () => {
  const slots = arbitraryTrace({ dimensions: "concurrency", deadlines: true });
  promise("V1 whoever could go has gone, where slots are scarce", 50, slots, ({ world, steps }) => {
    watched(new Replay(world)).run(steps);
  });

  const rates = arbitraryTrace({ patient: true, shortAge: true });
  promise(
    "V1 whoever could go has gone, where rates and slots are scarce, and the wake comes in time",
    60,
    rates,
    ({ world, steps }) => {
      watched(new Replay(world)).run(steps);
    },
  );

  const floods = fc.record({
    floors: fc.array(fc.integer({ min: 5, max: 60 }), { minLength: 1, maxLength: 4 }),
    slots: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    ratePerSecond: fc.integer({ min: 200, max: 3_000 }),
    sizes: fc.array(fc.integer({ min: 20, max: 400 }), { minLength: 1, maxLength: 12 }),
  });
  promise(
    "V2 under hybrid a level that always has work gets its floor of all service",
    15,
    floods,
    ({ floors, slots: concurrent, ratePerSecond, sizes }) => {
      const levels = [0, ...floors].map((floorPermille) => ({
        floorPermille,
        weight: 1,
        waitBudgetUs: 36_000 * secondUs,
      }));
      const limits = concurrent === undefined ? { tokensPerSecond: ratePerSecond } : { concurrent };
      const replay = new Replay(simpleWorld(limits, { policy: "hybrid", levels }));
      const service = levels.map(() => 0);
      for (let index = 0; index < 300; index += 1) {
        const [level, size] = [index % levels.length, sizes[index % sizes.length] ?? 1];
        replay.offer(0, level, "a", { inputTokens: size, cachedTokens: 0, outputTokens: 0 });
      }
      // What goes at once, a second's worth, leaves every level with work.
      const queued = levels.map(() => 0);
      for (const { offer } of replay.books.waiting.all()) queued[offer.level] = (queued[offer.level] ?? 0) + 1;
      const from = replay.happenings.length;
      while (replay.books.waiting.count > 0 && levels.every((_, level) => (queued[level] ?? 0) > 0)) {
        const done = replay.happenings.length;
        for (const entry of [...replay.books.running.values()]) replay.complete(entry, entry.offer.expected);
        if (replay.happenings.length === done)
          replay.advance((replay.scheduler.nextWakeUs ?? replay.nowUs + secondUs) - replay.nowUs);
        for (const { offer } of replay.happenings.slice(done)) {
          const level = offer % levels.length;
          service[level] = (service[level] ?? 0) + (sizes[offer % sizes.length] ?? 1);
          queued[level] = (queued[level] ?? 0) - 1;
        }
      }
      expect(replay.happenings.length).toBeGreaterThan(from);
      const all = service.reduce((total, part) => total + part, 0);
      const largest = Math.max(...sizes);
      for (const [level, { floorPermille }] of levels.entries()) {
        // One largest charge of its own, and one of a level whose turn came first for each that has a floor.
        expect(service[level] ?? 0).toBeGreaterThanOrEqual(
          Math.floor((floorPermille * all) / 1000) - largest * levels.length,
        );
      }
    },
  );

  const aged = arbitraryTrace({ dimensions: "concurrency", shortAge: true, patient: true });
  promise(
    "V3 whoever is past the maximum age goes before everyone who came later, under every policy",
    50,
    aged,
    ({ world, steps }) => {
      new Replay(world).run(steps);
    },
  );

  const flood = fc.record({
    serviceUs: fc.integer({ min: 10_000, max: 400_000 }),
    maxAgeUs: fc.integer({ min: 100_000, max: 3 * secondUs }),
    slots: fc.integer({ min: 1, max: 3 }),
  });
  promise(
    "V3 one of low level waits at most the maximum age and one service, however many urgent ones come",
    15,
    flood,
    ({ serviceUs, maxAgeUs, slots: concurrent }) => {
      const replay = new Replay(simpleWorld({ concurrent }, { policy: "strict", maxAgeUs }));
      const tokens = { inputTokens: 1, cachedTokens: 0, outputTokens: 1 };
      const urgent = (): void => {
        for (let index = 0; index < 2 * concurrent + 2; index += 1) replay.offer(0, 0, "many", tokens);
      };
      for (let index = 0; index < concurrent; index += 1) replay.offer(0, 0, "many", tokens);
      const low = replay.offer(0, 2, "one", tokens);
      for (let round = 0; low.state === "queued"; round += 1) {
        urgent();
        replay.advance(serviceUs);
        for (const entry of [...replay.books.running.values()]) replay.complete(entry, tokens);
        expect(round).toBeLessThan(10_000);
      }
      expect(low.dispatchedUs - low.queuedUs).toBeLessThanOrEqual(maxAgeUs + 2 * serviceUs);
    },
  );

  promise(
    "V4 when nothing more comes, the queue empties in the time that its work takes",
    40,
    arbitraryTrace({ dimensions: "rates", patient: true, maxSteps: 40 }),
    ({ world, steps }) => {
      const replay = new Replay(world).run(steps);
      const bound = world.resources.map(({ limits }) => {
        const debt = Math.max(0, ...replay.scheduler.state(replay.nowUs).resources.map(({ tokenDebt }) => tokenDebt));
        let work = debt;
        for (const { offer } of replay.books.waiting.all())
          work += offer.expected.inputTokens + offer.expected.outputTokens;
        const forTokens = limits.tokensPerSecond === undefined ? 0 : work / limits.tokensPerSecond;
        const forRequests =
          limits.requestsPerSecond === undefined ? 0 : (replay.books.waiting.count + 1) / limits.requestsPerSecond;
        return forTokens + forRequests;
      });
      replay.advance(Math.ceil(bound.reduce((total, part) => total + part, 1) * secondUs));
      expect(replay.books.waiting.count).toBe(0);
    },
  );

  const jobs = fc.record({
    slots: fc.integer({ min: 1, max: 4 }),
    services: fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 1, maxLength: 40 }),
  });
  promise(
    "V4 with slots alone too: the work shared among them, and one longest service",
    20,
    jobs,
    ({ slots: concurrent, services }) => {
      const replay = new Replay({ ...simpleWorld({ concurrent }), rules: patientRules });
      const fromUs = replay.nowUs;
      const entries = services.map((_, index) =>
        replay.offer(0, index % 3, `t${index % 4}`, { inputTokens: 1, cachedTokens: 0, outputTokens: 1 }),
      );
      while (replay.books.waiting.count > 0) {
        const next = entries
          .flatMap((entry, index) =>
            entry.state === "running" ? [{ entry, endUs: entry.dispatchedUs + (services[index] ?? 1) }] : [],
          )
          .toSorted((one, other) => one.endUs - other.endUs)[0];
        if (next === undefined) throw new Error("somebody waits and nobody runs");
        replay.advance(Math.max(0, next.endUs - replay.nowUs));
        replay.complete(next.entry, undefined);
      }
      const work = services.reduce((total, serviceUs) => total + serviceUs, 0);
      expect(replay.nowUs - fromUs).toBeLessThanOrEqual(Math.ceil(work / concurrent) + Math.max(...services));
    },
  );
});
