/** What must come out the same: settled books, repeated runs, and runs without those that were turned away. */
import { describe, expect } from "bun:test";
import * as fc from "fast-check";
import type { SchedulerState } from "#core/scheduler/state.ts";
import { arbitraryTrace } from "./arbitrary-trace.ts";
import { promise } from "./promise.ts";
import { type Happening, Replay } from "./replay.ts";
import { secondUs, simpleWorld, type World } from "./world.ts";

const tokens = fc.record({ inputTokens: fc.nat(500), cachedTokens: fc.constant(0), outputTokens: fc.nat(500) });

describe("books", () => {
  const turnedAway = arbitraryTrace({ tightQueue: true, deadlines: true, dimensions: "concurrency" });
  promise(
    "S10 a refusal leaves everything as it was: without the refused, the same run",
    60,
    turnedAway,
    ({ world, steps }) => {
      const whole = new Replay(world).run(steps);
      const refusedAtOnce = refusedOnArrival(whole.happenings, whole.arrivals);
      const without = new Replay(world);
      let offer = -1;
      for (const step of steps) {
        if (step.do !== "offer") without.take(step);
        else {
          offer += 1;
          if (refusedAtOnce.has(offer)) without.skipOffer();
          else without.take(step);
        }
      }
      expect(without.happenings).toEqual(whole.happenings.filter((happening) => !refusedAtOnce.has(happening.offer)));
      const stateOf = ({ scheduler, nowUs }: Replay): SchedulerState => ({ ...scheduler.state(nowUs), refusals: [] });
      expect(stateOf(without)).toEqual(stateOf(whole));
    },
  );

  const charges = fc.array(
    fc.record({ expected: tokens, actual: tokens, produced: fc.nat(3_000), cancelled: fc.nat(9) }),
    { minLength: 1, maxLength: 25 },
  );
  promise(
    "S11 when all is settled nothing is in flight, and what was taken is exactly what it cost",
    60,
    charges,
    (requests) => {
      const ratePerSecond = 1_000_000;
      const replay = new Replay(simpleWorld({ tokensPerSecond: ratePerSecond }));
      let cost = 0;
      for (const { expected, actual, produced, cancelled } of requests) {
        const entry = replay.offer(0, 0, "a", expected);
        replay.progress(entry, produced);
        if (cancelled === 0) replay.cancel(entry);
        else {
          replay.complete(entry, actual);
          cost += actual.inputTokens + actual.outputTokens;
        }
      }
      // One more than what is left: what it is behind by then is what was taken before.
      const probe = replay.offer(0, 0, "a", { inputTokens: ratePerSecond, cachedTokens: 0, outputTokens: 0 });
      expect(replay.scheduler.state(replay.nowUs).resources[0]?.tokenDebt).toBe(cost);
      replay.cancel(probe);
      expect(replay.scheduler.state(replay.nowUs).inFlight).toBe(0);
      replay.advance(10 * secondUs);
      const [resource] = replay.scheduler.state(replay.nowUs).resources;
      expect([resource?.tokenDebt, resource?.concurrent.used]).toEqual([0, 0]);
    },
  );

  promise(
    "S11 in any trace the debt is what the books say, to the token",
    50,
    arbitraryTrace({ dimensions: "rates", patient: true }),
    ({ world, steps }) => {
      const replay = new Replay(world);
      replay.afterEvent = () => {
        for (const { id, tokenDebt } of replay.scheduler.state(replay.nowUs).resources) {
          expect(Math.abs(tokenDebt - replay.capacity.debtMicros(replay.nowUs, id) / secondUs)).toBeLessThanOrEqual(1);
        }
      };
      replay.run(steps);
    },
  );

  const anything = arbitraryTrace({ changes: true, clock: true, deadlines: true, tightQueue: true });
  promise("S12 the same events give the same effects, in the same order", 40, anything, ({ world, steps }) => {
    expect(JSON.stringify(new Replay(world).run(steps).happenings)).toBe(
      JSON.stringify(new Replay(world).run(steps).happenings),
    );
  });
});

describe("more capacity", () => {
  // All come within a second: a queue that stands longer turns some away, and whoever is left may then start earlier.
  const arrivals = fc.array(
    fc.record({ afterUs: fc.nat(39_000), tokens, serviceUs: fc.integer({ min: 1, max: 900_000 }) }),
    { minLength: 1, maxLength: 25 },
  );
  const more = fc.record({
    slots: fc.integer({ min: 1, max: 3 }),
    rate: fc.integer({ min: 500, max: 3_000 }),
    slotsMore: fc.nat(3),
    rateMore: fc.nat(2_000),
  });
  promise(
    "V5 adding capacity makes nobody start later, within one tenant of one level",
    50,
    fc.tuple(arrivals, more),
    ([requests, limits]) => {
      const starts = (slots: number, rate: number): number[] =>
        startsOf(requests, simpleWorld({ concurrent: slots, tokensPerSecond: rate }));
      const less = starts(limits.slots, limits.rate);
      const greater = starts(limits.slots + limits.slotsMore, limits.rate + limits.rateMore);
      for (const [index, startUs] of greater.entries()) expect(startUs).toBeLessThanOrEqual(less[index] ?? 0);
    },
  );
});

/** Numbers of the offers that were refused in the moment in which they came. */
function refusedOnArrival(happenings: readonly Happening[], arrivals: readonly number[]): Set<number> {
  const atOnce = happenings.filter(
    ({ what, atUs, offer }) => /predicted_wait|queue_full|no_capacity/.test(what) && arrivals[offer] === atUs,
  );
  return new Set(atOnce.map(({ offer }) => offer));
}

interface Arrival {
  readonly afterUs: number;
  readonly tokens: { readonly inputTokens: number; readonly cachedTokens: number; readonly outputTokens: number };
  readonly serviceUs: number;
}

/** When each starts, if each runs for its own time. */
function startsOf(arrivals: readonly Arrival[], world: World): number[] {
  const replay = new Replay(world);
  const entries = new Map<number, ReturnType<Replay["offer"]>>();
  let due: { atUs: number; index: number }[] = [];
  const endsUntil = (untilUs: number): void => {
    for (;;) {
      schedule(untilUs);
      const next = due.toSorted((one, other) => one.atUs - other.atUs)[0];
      if (next === undefined || next.atUs > untilUs) return;
      due = due.filter((end) => end !== next);
      replay.advance(next.atUs - replay.nowUs);
      const entry = entries.get(next.index);
      if (entry !== undefined) replay.complete(entry, entry.offer.expected);
    }
  };
  const known = new Set<number>();
  const schedule = (untilUs: number): void => {
    for (let woken = true; woken;) {
      for (const [index, entry] of entries) {
        if (entry.state !== "running" || known.has(index)) continue;
        known.add(index);
        due.push({ atUs: entry.dispatchedUs + (arrivals[index]?.serviceUs ?? 1), index });
      }
      const firstEndUs = Math.min(untilUs, ...due.map((end) => end.atUs));
      const wakeUs = replay.scheduler.nextWakeUs ?? Number.POSITIVE_INFINITY;
      woken = wakeUs <= firstEndUs;
      if (woken) replay.advance(Math.max(0, wakeUs - replay.nowUs));
    }
  };
  for (const [index, arrival] of arrivals.entries()) {
    const atUs = replay.nowUs + arrival.afterUs;
    endsUntil(atUs);
    replay.advance(atUs - replay.nowUs);
    entries.set(index, replay.offer(0, 0, "a", arrival.tokens));
  }
  endsUntil(Number.MAX_SAFE_INTEGER / 2);
  return [...entries.values()].map((entry) => entry.dispatchedUs);
}
