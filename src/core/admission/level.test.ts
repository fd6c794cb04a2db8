import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import { GatewayError } from "#core/errors.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import { localPrincipal, localTenant, type Principal, rootPrincipal } from "#core/identity/principal.ts";
import { levelFor, levelLabel, levelNames, Levels, type LevelOptions, parseLevel } from "#core/admission/level.ts";

interface Wishes {
  readonly priority?: string;
  readonly requestClass?: string;
  readonly serviceTier?: string;
}

const keyOf = (policy: Partial<KeyPolicy> = {}, names = { key: "ci", user: "ada@example.com" }): Principal => ({
  kind: "key",
  tenantId: localTenant,
  permissions: callerPermissions,
  names,
  policy: { limits: {}, ...policy },
});

const levels = (options: Partial<LevelOptions> = {}): Levels =>
  new Levels({ count: 10, defaultLevel: 5, enabled: true, rules: [], ...options });

const levelOf = (principal: Principal, { serviceTier, ...said }: Wishes = {}, by = levels()): number => {
  const chat = plainChat({ model: "m", ...(serviceTier === undefined ? {} : { serviceTier }) });
  return by.of({ principal, request: { operation: "chat", chat }, ...said });
};

describe("names", () => {
  test("every name, number and tier of the specification is a level", () => {
    expect(levelNames.map((name) => parseLevel(name, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(["0", "P7", "p9", " critical ", "internal", "background"].map((text) => parseLevel(text, 10))).toEqual([
      0, 7, 9, 0, 0, 9,
    ]);
    expect(levelLabel(5, 10)).toBe("P5 Normal");
    expect(levelLabel(2, 3)).toBe("P2");
  });

  test.each(["", "10", "-1", "5.0", "1e1", "Highest", "P", "5 5", "9999"])("%j is no level", (text) => {
    expect(parseLevel(text, 10)).toBeUndefined();
  });

  test("with another number of levels names and tiers spread over them, in their order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (count) => {
        const spread = levelNames.map((name) => parseLevel(name, count) ?? -1);
        expect(spread[0]).toBe(0);
        expect(spread[9]).toBe(count - 1);
        expect(spread).toEqual(spread.toSorted((a, b) => a - b));
        expect(parseLevel(String(count), count)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
    expect(levelFor("standard", 3)).toBe(1);
  });
});

describe("whose level", () => {
  test("TC-P0-PRI-003 (test_priority_ordering) key metadata decides the tier, and the tier the level", () => {
    const tiers = ["internal", "partner", "standard", "external", "bulk", "background"] as const;
    expect(tiers.map((tier) => levelOf(keyOf({ tier })))).toEqual([0, 2, 5, 6, 8, 9]);
    expect(levelOf(keyOf())).toBe(5);
    expect(levelOf(keyOf({ tier: "bulk", priority: 3 }))).toBe(3);
  });

  test("a rule beats the tier and not the key's own priority; exact before pattern, specific before general", () => {
    const by = levels({
      rules: [
        { pattern: "*@example.com", level: 7 },
        { pattern: "ci-*", level: 8 },
        { pattern: "ci-nightly", level: 9 },
        { pattern: "*", level: 6 },
      ],
    });
    const named = (key: string, user: string, policy: Partial<KeyPolicy> = {}) =>
      levelOf(keyOf(policy, { key, user }), {}, by);
    expect(named("ci-nightly", "bob@example.com")).toBe(9);
    expect(named("laptop", "bob@example.com", { tier: "internal" })).toBe(7);
    expect(named("ci-1", "eve@elsewhere.org")).toBe(8);
    expect(named("laptop", "eve@elsewhere.org")).toBe(6);
    expect(named("ci-nightly", "bob@example.com", { priority: 1 })).toBe(1);
  });

  test("who needs no key has the default level and may ask for any", () => {
    for (const principal of [localPrincipal, rootPrincipal]) {
      expect(levelOf(principal)).toBe(5);
      expect(levelOf(principal, { priority: "0" })).toBe(0);
      expect(levelOf(principal, { priority: "Background" })).toBe(9);
    }
  });

  test("without priorities everybody has the default level, whatever is said", () => {
    const by = levels({ enabled: false });
    expect(levelOf(keyOf({ tier: "internal" }), { priority: "nonsense" }, by)).toBe(5);
  });
});

describe("what a call says of itself", () => {
  test("a header lowers freely and raises only to the key's best", () => {
    expect(levelOf(keyOf({ priority: 5 }), { priority: "8" })).toBe(8);
    expect(levelOf(keyOf({ priority: 5 }), { priority: "0" })).toBe(5);
    expect(levelOf(keyOf({ priority: 5, bestPriority: 3 }), { priority: "Critical" })).toBe(3);
    expect(levelOf(keyOf({ priority: 5, worstPriority: 6 }), { priority: "9" })).toBe(6);
  });

  test.each([
    [{ serviceTier: "flex" }, 7],
    [{ serviceTier: "priority" }, 3],
    [{ serviceTier: "auto" }, 5],
    [{ requestClass: "main" }, 5],
    [{ requestClass: "compaction" }, 5],
    [{ requestClass: "subagent" }, 6],
    [{ requestClass: "Workflow" }, 6],
    [{ requestClass: "auxiliary" }, 7],
    [{ requestClass: "whatever" }, 5],
    [{ requestClass: "auxiliary", serviceTier: "flex" }, 9],
    [{ requestClass: "auxiliary", priority: "4" }, 4],
  ])("%j of a key of level 5 means level %i", (said, level) => {
    expect(levelOf(keyOf({ priority: 5, bestPriority: 2 }), said)).toBe(level);
  });

  test.each(["11", "urgentest", ""])("the header %j is refused by its name", (priority) => {
    try {
      levelOf(keyOf(), { priority });
      throw new Error("not refused");
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError);
      expect(error).toMatchObject({ code: "invalid_request", details: { field: "x-tokligence-priority" } });
    }
  });

  test("whatever the key and the call say, the level stays within the key's bounds", () => {
    const level = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(
        fc.record({ priority: level, bestPriority: level, worstPriority: level }, { requiredKeys: [] }),
        fc.constantFrom(undefined, "0", "4", "9"),
        fc.constantFrom(undefined, "flex", "priority"),
        (policy, priority, serviceTier) => {
          const said = {
            ...(priority === undefined ? {} : { priority }),
            ...(serviceTier === undefined ? {} : { serviceTier }),
          };
          const got = levelOf(keyOf(policy), said);
          expect(got).toBeGreaterThanOrEqual(policy.bestPriority ?? Math.min(policy.priority ?? 5, 9));
          expect(got).toBeLessThanOrEqual(
            Math.max(policy.worstPriority ?? 9, policy.bestPriority ?? policy.priority ?? 5),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
