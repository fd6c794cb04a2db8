import { expect, test } from "bun:test";
import type { UpdateKey } from "#core/api/api-key.ts";
import { changedPolicy } from "#core/administration/changed-policy.ts";
import { GatewayError } from "#core/errors.ts";

test.each<[UpdateKey, UpdateKey, string]>([
  [{}, { priority: 10 }, "priority"],
  [{}, { priority: "Hasty" }, "priority"],
  [{}, { best_priority: 12 }, "best_priority"],
  [{}, { priority: 2, best_priority: 3 }, "best_priority"],
  [{ best_priority: 3 }, { priority: 2 }, "priority"],
  [{ worst_priority: 6 }, { priority: 7 }, "priority"],
  [{ priority: 7 }, { worst_priority: 6 }, "worst_priority"],
  [{}, { best_priority: 5, worst_priority: 4 }, "best_priority"],
  [{ best_priority: 5 }, { worst_priority: 4 }, "worst_priority"],
  [{ worst_priority: 7 }, { tier: "bulk" }, "tier"],
  [{ tier: "bulk" }, { best_priority: 9 }, "best_priority"],
])("after %p the change %p is refused naming %s", (before, change, field) => {
  const policy = changedPolicy(undefined, before, 10);
  let thrown: unknown;
  try {
    changedPolicy(policy, change, 10);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(GatewayError);
  expect(thrown).toMatchObject({
    code: "invalid_request",
    message: expect.stringContaining(`\`${field}\` is not valid`),
    details: { field },
  });
});

test("levels that follow each other are taken, those without an own level too", () => {
  expect(changedPolicy(undefined, { best_priority: 2, priority: 2, worst_priority: 2 }, 10)).toEqual({
    bestPriority: 2,
    priority: 2,
    worstPriority: 2,
    limits: {},
  });
  expect(changedPolicy(undefined, { best_priority: 7 }, 10)).toEqual({ bestPriority: 7, limits: {} });
  expect(changedPolicy(undefined, { tier: "bulk", worst_priority: 8 }, 10)).toMatchObject({ tier: "bulk" });
});

test("with another number of levels names and tiers scale, and numbers end where the levels do", () => {
  const change: UpdateKey = { priority: "Background", best_priority: "Critical" };
  expect(changedPolicy(undefined, change, 4)).toMatchObject({ priority: 3, bestPriority: 0 });
  expect(() => changedPolicy(undefined, { priority: 4 }, 4)).toThrow("`priority` is not valid");
  expect(changedPolicy(undefined, { tier: "background", worst_priority: 3 }, 4)).toMatchObject({ tier: "background" });
});

test("levels that no longer fit the number of levels do not stand in the way of another change", () => {
  const policy = { tier: "bulk", bestPriority: 7, worstPriority: 9, limits: {} } as const;
  expect(changedPolicy(policy, { weight: 2 }, 4)).toEqual({ ...policy, weight: 2 });
  expect(() => changedPolicy(policy, { worst_priority: 3 }, 4)).toThrow("`worst_priority` is not valid");
});

test("null removes, nothing leaves, and a policy of nothing is none", () => {
  const policy = { priority: 3, models: ["a"], limits: { concurrent: 4, tokensPerDay: 5 } };
  expect(changedPolicy(policy, {}, 10)).toEqual(policy);
  expect(changedPolicy(policy, { models: null, tokens_per_day: null }, 10)).toEqual({
    priority: 3,
    limits: { concurrent: 4 },
  });
  expect(
    changedPolicy(policy, { priority: null, models: null, max_concurrent: null, tokens_per_day: null }, 10),
  ).toBeUndefined();
  expect(changedPolicy(undefined, { tier: null }, 10)).toBeUndefined();
});
