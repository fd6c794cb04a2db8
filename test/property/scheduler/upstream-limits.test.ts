/** What providers say of their own limits holds a deployment back, and for no longer than they say. */
import { describe, expect } from "bun:test";
import * as fc from "fast-check";
import type { CapacityLimits, RemainingLimit } from "#core/scheduler/capacity.ts";
import { promise } from "./promise.ts";
import { Replay } from "./replay.ts";
import { secondUs, simpleWorld, type Step, type World } from "./world.ts";

const longestResetUs = 86_400 * secondUs;

/** Two keys of one model that share its limits, and each alone. */
function twoKeys(limits: CapacityLimits): World {
  const ids = ["p#1/m", "p#2/m"];
  return {
    ...simpleWorld(limits),
    deployments: ids.map((id) => ({ id, resources: ["p/m"], weight: 1, group: "m" })),
    lanes: [ids, ...ids.map((id) => [id])],
  };
}

/** Anything that a header may hold, sense and nonsense. */
const limit: fc.Arbitrary<RemainingLimit> = fc.record(
  {
    remaining: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.double(), fc.constant(0)),
    resetInUs: fc.oneof(
      fc.integer({ min: 1, max: 10 * secondUs }),
      fc.integer({ min: -secondUs, max: 2 * longestResetUs }),
      fc.double(),
    ),
  },
  { requiredKeys: ["remaining"] },
);
const told = fc
  .record({ requests: limit, tokens: limit }, { requiredKeys: [] })
  .chain((limits) => fc.nat(1).map((deployment): Step => ({ do: "told", deployment, limits })));
const passing = fc.integer({ min: 1, max: 3 * secondUs }).map((byUs): Step => ({ do: "advance", byUs }));
const offered = fc.record({ lane: fc.nat(2), tokens: fc.nat(80) }).map(({ lane, tokens: inputTokens }): Step => ({
  do: "offer",
  lane,
  level: 0,
  tenant: 0,
  expected: { inputTokens, cachedTokens: 0, outputTokens: 0 },
  bytes: 1,
  deadlineInUs: undefined,
}));
const ended = fc
  .record({ pick: fc.nat(9), actualPermille: fc.integer({ min: 0, max: 2_000 }) })
  .map((end): Step => ({ do: "complete", ...end }));
const limits = fc.record(
  {
    tokensPerSecond: fc.integer({ min: 1, max: 60 }),
    requestsPerSecond: fc.integer({ min: 1, max: 20 }),
    concurrent: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: [] },
);

describe("what providers say of their limits", () => {
  const traces = fc.array(fc.oneof(told, told, passing, offered, offered, ended), { maxLength: 50, size: "max" });
  promise(
    "F45 S4 never lets more go than is configured, and nothing before a limit that is used up is whole again",
    30,
    fc.tuple(limits, traces),
    ([configured, steps]) => {
      // The books hold every start against what is configured, and against the pauses that were told.
      new Replay(twoKeys(configured)).run(steps);
    },
  );

  const headers = fc.array(fc.oneof(told, told, passing), { minLength: 1, maxLength: 12 });
  promise(
    "F45 V1 keeps an idle deployment for no longer than until the last reset, whatever was said",
    30,
    fc.tuple(limits, headers),
    ([configured, steps]) => {
      for (const deployment of [0, 1]) {
        const replay = new Replay(twoKeys(configured));
        let freeFromUs = replay.nowUs;
        for (const step of steps) {
          replay.take(step);
          if (step.do !== "told" || step.deployment !== deployment) continue;
          const { requests, tokens } = step.limits;
          const longestUs = Math.max(longestWaitUs(requests), longestWaitUs(tokens));
          freeFromUs = Math.max(freeFromUs, replay.nowUs + longestUs);
        }
        replay.advance(Math.max(0, freeFromUs - replay.nowUs));
        const entry = replay.offer(1 + deployment, 0, "a", { inputTokens: 1, cachedTokens: 0, outputTokens: 0 });
        expect(entry.state).toBe("running");
      }
    },
  );
});

/** How long a header may hold an idle deployment back at most; where it says nothing of when, a full bucket takes a second. */
function longestWaitUs(said: RemainingLimit | undefined): number {
  if (said === undefined || !(said.remaining >= 0)) return 0;
  if (said.resetInUs === undefined) return secondUs;
  return said.resetInUs > 0 && said.resetInUs <= longestResetUs ? Math.ceil(said.resetInUs) : 0;
}
