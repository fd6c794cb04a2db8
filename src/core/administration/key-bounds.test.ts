import { expect, test } from "bun:test";
import { Levels } from "#core/admission/level.ts";
import {
  refuseBeyond,
  refuseFewerLabels,
  refuseLongerLife,
  refuseWiderAddresses,
} from "#core/administration/key-bounds.ts";
import { changedPolicy } from "#core/administration/changed-policy.ts";
import type { KeyPolicyInput } from "#core/api/key-policy.ts";
import { GatewayError } from "#core/errors.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";

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

/** The field that a refusal names; undefined when nothing is refused. */
function refused(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "permission_denied") throw error;
    return error.details["field"];
  }
}

/** The field by which a policy goes beyond another. */
function beyond(policy: KeyPolicy | undefined, ceiling: KeyPolicy | undefined, name = "made"): unknown {
  const names = { key: "maker", user: "ops@example.com" };
  return refused(() =>
    refuseBeyond(
      { policy, names: { key: name, user: "ada@example.com" } },
      { policy: ceiling, names, whose: "the caller's own key" },
      levels,
    ),
  );
}

const more: readonly [KeyPolicyInput, string][] = [
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

test.each<KeyPolicyInput>([
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

test("F96 nothing settled is no freedom: the default level, a weight of 1 and no special tier are all there is", () => {
  expect(beyond({ bestPriority: 0, limits: {} }, undefined)).toBe("best_priority");
  expect(beyond({ tier: "internal", limits: {} }, undefined)).toBe("best_priority");
  expect(beyond({ weight: 2, limits: {} }, undefined)).toBe("weight");
  expect(beyond({ tier: "bulk", models: ["a"], limits: { concurrent: 1 } }, undefined)).toBeUndefined();
});

test("a key outlives no end, works from no wider place and loses no label", () => {
  expect(refused(() => refuseLongerLife(undefined, 5))).toBe("expires_at");
  expect(refused(() => refuseLongerLife(6, 5))).toBe("expires_at");
  expect(refused(() => refuseLongerLife(5, 5))).toBeUndefined();
  expect(refused(() => refuseLongerLife(undefined, undefined))).toBeUndefined();
  const home = ["10.0.0.0/8", "2001:db8::/32"];
  expect(refused(() => refuseWiderAddresses([], home))).toBe("addresses");
  expect(refused(() => refuseWiderAddresses(["10.0.0.0/7"], home))).toBe("addresses");
  expect(refused(() => refuseWiderAddresses(["10.1.0.0/16", "192.168.0.1"], home))).toBe("addresses");
  expect(refused(() => refuseWiderAddresses(["10.1.2.3", "2001:db8:1::/48"], home))).toBeUndefined();
  expect(refused(() => refuseWiderAddresses(["192.168.0.0/16"], []))).toBeUndefined();
  expect(refused(() => refuseFewerLabels(["a"], ["a", "b"]))).toBe("labels");
  expect(refused(() => refuseFewerLabels(["b", "a", "c"], ["a", "b"]))).toBeUndefined();
});
