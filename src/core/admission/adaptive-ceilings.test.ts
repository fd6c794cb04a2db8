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
