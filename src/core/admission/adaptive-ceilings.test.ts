import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { AdaptiveCeilings } from "#core/admission/adaptive-ceilings.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";
import type { Place } from "#core/admission/topology.ts";

const place = (id: string, concurrent?: number): Place => ({
  id: id as DeploymentId,
  spec: { id, resources: [], weight: 1, group: id },
  account: "a",
  contextTokens: undefined,
  concurrent,
  limited: concurrent !== undefined,
});

test("the limit of one deployment follows its own latency, and never passes what is configured", () => {
  const clock = new VirtualClock();
  const ceilings = new AdaptiveCeilings(clock);
  expect(ceilings.begin(place("a/slow"))).toBe(20);
  expect(ceilings.begin(place("a/small", 4))).toBe(4);
  for (let running = 0; running < 20; running += 1) ceilings.started("a/slow");
  let limit = 20;
  const answer = (durationMs: number, times: number) => {
    for (let index = 0; index < times; index += 1) {
      clock.advance(110);
      limit = ceilings.firstContent("a/slow", durationMs) ?? limit;
    }
  };
  answer(100, 200);
  const calm = limit;
  answer(2_000, 200);
  expect(limit).toBeLessThan(calm);
  expect(ceilings.latencySecondsOf("a/slow")).toBeCloseTo(2, 1);
  expect(ceilings.latencySecondsOf("a/small")).toBeUndefined();
  expect(ceilings.firstContent("a/unknown", 5)).toBeUndefined();
});

test("what is configured is where a limit begins: calls that are not streamed tell no latency by which it could grow", () => {
  const ceilings = new AdaptiveCeilings(new VirtualClock());
  expect(ceilings.begin(place("a/large", 60))).toBe(60);
  expect(ceilings.begin(place("a/endless", 1_000_000))).toBe(10_000);
});

test("what runs where nobody new goes still counts when the place is back, and is forgotten when nothing runs", () => {
  const clock = new VirtualClock();
  const ceilings = new AdaptiveCeilings(clock);
  const [none, both] = [new Set<string>(), new Set(["a/m"])];
  const answers = (): void => {
    for (let index = 0; index < 50; index += 1) {
      clock.advance(110);
      ceilings.firstContent("a/m", 100);
    }
  };
  ceilings.begin(place("a/m"));
  for (let running = 0; running < 20; running += 1) ceilings.started("a/m");
  ceilings.keep(none);
  ceilings.begin(place("a/m"));
  ceilings.keep(both);
  answers();
  // Only a limit that is used grows.
  const grown = ceilings.begin(place("a/m"));
  expect(grown).toBeGreaterThan(20);
  for (let running = 0; running < 20; running += 1) ceilings.ended("a/m");
  ceilings.keep(none);
  expect(ceilings.begin(place("a/m"))).toBe(20);
});
