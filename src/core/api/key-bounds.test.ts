import { expect, test } from "bun:test";
import type { UpdateKey } from "#core/api/api-key.ts";
import { refuseMoreThanOwn } from "#core/api/key-bounds.ts";
import { changedPolicy } from "#core/api/key-policy.ts";
import type { TenantId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { Principal } from "#core/identity/principal.ts";
import { Levels } from "#core/admission/level.ts";

const levels = new Levels({
  count: 10,
  defaultLevel: 5,
  enabled: true,
  rules: [{ pattern: "vip-*", level: 0 }],
});
const own: KeyPolicy = {
  priority: 6,
  bestPriority: 4,
  weight: 2,
  models: ["gpt-*", "claude-opus"],
  limits: { requestsPerMinute: 60, tokensPerMinute: 600, concurrent: 4, tokensPerDay: 100, tokensPerMonth: 1_000 },
};
const maker = (policy: KeyPolicy | undefined): Principal => ({
  kind: "key",
  tenantId: "usr_1" as TenantId,
  permissions: new Set(),
  names: { key: "maker", user: "ops@example.com" },
  ...(policy === undefined ? {} : { policy }),
});

/** The field by which a policy goes beyond its maker's; undefined when it does not. */
function beyond(policy: KeyPolicy | undefined, makers: KeyPolicy | undefined, name = "made"): unknown {
  try {
    refuseMoreThanOwn(policy, { key: name, user: "ada@example.com" }, maker(makers), levels);
    return undefined;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "permission_denied") throw error;
    return error.details["field"];
  }
}

const more: readonly [UpdateKey, string][] = [
  [{ best_priority: 3 }, "best_priority"],
  [{ priority: 2, best_priority: null }, "best_priority"],
  [{ tier: "internal", priority: null, best_priority: null }, "best_priority"],
  [{ weight: 3 }, "weight"],
  [{ models: null }, "models"],
  [{ models: ["gpt-4", "claude-*"] }, "models"],
  [{ models: ["*"] }, "models"],
  [{ requests_per_minute: 61 }, "requests_per_minute"],
  [{ requests_per_minute: null }, "requests_per_minute"],
  [{ tokens_per_minute: 601 }, "tokens_per_minute"],
  [{ max_concurrent: null }, "max_concurrent"],
  [{ tokens_per_day: 101 }, "tokens_per_day"],
  [{ tokens_per_month: null }, "tokens_per_month"],
  [{ quota_mode: "soft" }, "quota_mode"],
];

test.each(more)("its own policy with %p goes beyond itself", (change, field) => {
  expect(beyond(changedPolicy(own, change, 10), own)).toBe(field);
});

test.each<UpdateKey>([
  {},
  { best_priority: 5 },
  { priority: 9 },
  { weight: null },
  { models: ["gpt-4*", "gpt-*-mini", "claude-opus"] },
  { requests_per_minute: 1, tokens_per_minute: 600, max_concurrent: 3, tokens_per_day: 1, tokens_per_month: 999 },
  { quota_mode: "hard" },
])("its own policy with %p stays within itself", (change) => {
  expect(beyond(changedPolicy(own, change, 10), own)).toBeUndefined();
});

test("no policy at all goes beyond any limit, and beyond a level that is not the default's", () => {
  expect(beyond(undefined, { limits: { concurrent: 1 } })).toBe("max_concurrent");
  expect(beyond(undefined, { tier: "bulk", limits: {} })).toBe("best_priority");
  expect(beyond(undefined, { tier: "partner", limits: {} })).toBeUndefined();
});

test("a name that a rule prefers does not lift a key beyond its maker", () => {
  const bounded: KeyPolicy = { limits: { concurrent: 1 } };
  expect(beyond(bounded, bounded, "vip-1")).toBe("best_priority");
  expect(beyond(bounded, bounded, "plain")).toBeUndefined();
});

test("who has no policy may settle anything", () => {
  expect(beyond({ bestPriority: 0, weight: 1_000, limits: {} }, undefined)).toBeUndefined();
});
