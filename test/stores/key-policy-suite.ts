import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail as trail } from "#core/audit/sample-trail.ts";
import type { KeyId } from "#core/effects/ids.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { OpenStores } from "./engines.ts";
import { digest, fullPolicy, hash, key, usage, user } from "./sample-identity.ts";

const all = { limit: 1_000 };

/** What every engine promises about what is settled for keys. */
export function keyPolicySuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`policies of keys on ${engine}`, () => {
    let stores: OpenStores;
    let store: IdentityStore;
    beforeEach(async () => {
      stores = await open();
      store = stores.identity;
      await store.createUser(user("ada"), trail());
    });
    afterEach(() => stores.close());
    const id = "key_1" as KeyId;
    const found = async () => (await store.findKeyByHash(hash(1)))?.key;

    test.each<[string, KeyPolicy]>([
      ["everything", fullPolicy],
      ["the most urgent level", { priority: 0, bestPriority: 0, worstPriority: 0, limits: {} }],
      ["a tier alone", { tier: "background", limits: {} }],
      ["a quota alone", { limits: { tokensPerDay: 1 } }],
      ["no model at all", { models: [], limits: {} }],
    ])("a key comes back with the policy it was made with: %s", async (_name, policy) => {
      const made = key("1", user("ada"), { policy });
      await store.createKey(made, digest(1), trail());
      expect(await found()).toEqual(made);
      expect(await store.findKey(id)).toEqual(made);
      expect(await store.listKeys(all)).toEqual([made]);
    });

    test("a policy replaces the one before, and none removes it", async () => {
      const bare = key("1", user("ada"));
      await store.createKey(bare, digest(1), trail());
      await store.createKey(key("2", user("ada"), { policy: fullPolicy }), digest(2), trail());
      for (const policy of [
        fullPolicy,
        { priority: 3, limits: { concurrent: 4 } },
        { tier: "bulk", limits: {} },
      ] as const) {
        expect(await store.updateKey(id, { policy: policy }, 2_000, trail())).toBe(true);
        expect(await found()).toEqual({ ...bare, policy });
      }
      expect(await store.updateKey(id, { policy: null }, 3_000, trail())).toBe(true);
      expect(await found()).toEqual(bare);
      expect((await store.findKeyByHash(hash(2)))?.key.policy).toEqual(fullPolicy);
    });

    test("no policy is kept for a key that does not exist", async () => {
      expect(await store.updateKey("key_none" as KeyId, { policy: fullPolicy }, 2_000, trail())).toBe(false);
      expect(await store.listKeys(all)).toEqual([]);
    });

    test("TC-P0-TOK-002 test_token_routing: what a key has used is saved, replaced, and survives a change of its policy", async () => {
      await store.createKey(key("1", user("ada"), { policy: fullPolicy }), digest(1), trail());
      await store.createKey(key("2", user("ada")), digest(2), trail());
      await store.saveQuotaUsage([
        { keyId: id, usage: usage(1_000) },
        { keyId: "key_none" as KeyId, usage: usage(5) },
        { keyId: "key_2" as KeyId, usage: usage(7) },
      ]);
      expect((await found())?.quotaUsage).toEqual(usage(1_000));
      await store.saveQuotaUsage([{ keyId: id, usage: usage(900) }]);
      await store.updateKey(id, { policy: { limits: { tokensPerDay: 10_000 } } }, 2_000, trail());
      expect(await found()).toMatchObject({ policy: { limits: { tokensPerDay: 10_000 } }, quotaUsage: usage(900) });
      expect((await store.listKeys(all)).map((each) => each.quotaUsage?.dayTokens)).toEqual([900, 7]);
      expect((await store.findKey("key_2" as KeyId))?.policy).toBeUndefined();
    });

    test("usage keeps both of its windows over the ends of months and years", async () => {
      await store.createKey(key("1", user("ada")), digest(1), trail());
      for (const [year, month, day] of [
        [2026, 0, 31],
        [2026, 11, 1],
        [2028, 1, 29],
      ] as const) {
        const given = { ...usage(1), dayStartMs: Date.UTC(year, month, day), monthStartMs: Date.UTC(year, month) };
        await store.saveQuotaUsage([{ keyId: id, usage: given }]);
        expect((await found())?.quotaUsage).toEqual(given);
      }
    });

    test("counts beyond 32 bits come back exactly", async () => {
      const policy: KeyPolicy = { limits: { tokensPerDay: 2 ** 52, tokensPerMonth: 2 ** 53 - 1 } };
      await store.createKey(key("1", user("ada"), { policy }), digest(1), trail());
      await store.saveQuotaUsage([{ keyId: id, usage: { ...usage(2 ** 52), monthTokens: 2 ** 53 - 1 } }]);
      expect(await found()).toMatchObject({ policy, quotaUsage: { dayTokens: 2 ** 52, monthTokens: 2 ** 53 - 1 } });
    });
  });
}
