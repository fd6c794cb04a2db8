import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { User } from "#core/identity/user.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";
import { rejectionOf } from "../harness/rejection-of.ts";

/** A fresh, empty store of one engine. */
export interface OpenIdentityStore {
  readonly store: IdentityStore;
  close(): Promise<void>;
}

/** What every engine promises about users and keys. */
export function identitySuite(engine: string, open: () => Promise<OpenIdentityStore>): void {
  describe(`identity on ${engine}`, () => {
    let opened: OpenIdentityStore;
    let store: IdentityStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    test("an empty store has no users and no keys", async () => {
      expect(await store.listUsers()).toEqual([]);
      expect(await store.listKeys()).toEqual([]);
      expect(await store.findUser("anyone")).toBeUndefined();
      expect(await store.findKeyByHash(hash(1))).toBeUndefined();
    });

    test("users come back as they were given, oldest first", async () => {
      const younger = user("b", { createdAtMs: 2_000, role: "gateway_admin", status: "inactive" });
      const older = user("a", { createdAtMs: 1_000 });
      await store.createUser(younger);
      await store.createUser(older);
      expect(await store.listUsers()).toEqual([older, younger]);
    });

    test("a user is found by id, by e-mail without case, and by name", async () => {
      const ada = user("ada", { email: "Ada@Example.com", name: "Ada Lovelace" });
      await store.createUser(ada);
      expect(await store.findUser("usr_ada")).toEqual(ada);
      expect(await store.findUser("aDA@example.COM")).toEqual(ada);
      expect(await store.findUser("Ada Lovelace")).toEqual(ada);
      expect(await store.findUser("Ada")).toBeUndefined();
    });

    test("an e-mail is taken whatever its case", async () => {
      await store.createUser(user("a", { email: "ada@example.com" }));
      const second = store.createUser(user("b", { email: "ADA@example.com" }));
      expect(await rejectionOf(second)).toMatchObject({ code: "conflict" });
      expect(await store.listUsers()).toHaveLength(1);
    });

    test("a name that two users share is a conflict, their e-mails are not", async () => {
      await store.createUser(user("a", { name: "Sam" }));
      await store.createUser(user("b", { name: "Sam" }));
      expect(await rejectionOf(store.findUser("Sam"))).toMatchObject({ code: "conflict" });
      expect(await store.findUser("b@example.com")).toMatchObject({ id: "usr_b" });
    });

    test("nobody can take another's e-mail as a name to be found by", async () => {
      await store.createUser(user("mallory", { name: "ada@example.com" }));
      await store.createUser(user("ada", { email: "ada@example.com" }));
      expect(await store.findUser("ada@example.com")).toMatchObject({ id: "usr_ada" });
    });

    test("a key is found by its digest together with its owner", async () => {
      const ada = user("ada");
      const first = key("1", ada, { scopes: ["models:call", "usage:read"], expiresAtMs: 9_000 });
      await store.createUser(ada);
      await store.createKey(first, digest(1));
      await store.createKey(key("2", ada), digest(2));
      expect(await store.findKeyByHash(hash(1))).toEqual({ key: first, user: ada });
      expect(await store.findKeyByHash(hash(3))).toBeUndefined();
    });

    test("keys are listed oldest first, all or those of one user", async () => {
      const [ada, bob] = [user("ada"), user("bob")];
      await store.createUser(ada);
      await store.createUser(bob);
      const keys = [
        key("3", ada, { createdAtMs: 1 }),
        key("1", bob, { createdAtMs: 2 }),
        key("2", ada, { createdAtMs: 3 }),
      ];
      for (const [index, each] of keys.entries()) await store.createKey(each, digest(index));
      expect(await store.listKeys()).toEqual(keys);
      expect((await store.listKeys(ada.id)).map((each) => each.id as string)).toEqual(["key_3", "key_2"]);
      expect(await store.listKeys("usr_nobody" as UserId)).toEqual([]);
    });

    test("neither a key id nor a digest is used twice", async () => {
      const ada = user("ada");
      await store.createUser(ada);
      await store.createKey(key("1", ada), digest(1));
      expect(await rejectionOf(store.createKey(key("1", ada), digest(2)))).toMatchObject({ code: "conflict" });
      expect(await rejectionOf(store.createKey(key("2", ada), digest(1)))).toMatchObject({ code: "conflict" });
    });

    test("a key without an owner is refused", async () => {
      expect(await rejectionOf(store.createKey(key("1", user("nobody")), digest(1)))).toMatchObject({
        code: "not_found",
      });
    });

    test("a revoked key stays findable, and revoking twice keeps the first time", async () => {
      const ada = user("ada");
      await store.createUser(ada);
      await store.createKey(key("1", ada), digest(1));
      expect(await store.revokeKey("key_1" as KeyId, 5_000)).toBe(true);
      expect(await store.revokeKey("key_1" as KeyId, 6_000)).toBe(true);
      expect((await store.findKeyByHash(hash(1)))?.key.revokedAtMs).toBe(5_000);
      expect(await store.revokeKey("key_none" as KeyId, 5_000)).toBe(false);
    });

    test("a key is found by its id", async () => {
      const ada = user("ada");
      await store.createUser(ada);
      await store.createKey(key("1", ada), digest(1));
      expect(await store.findKey("key_1" as KeyId)).toEqual(key("1", ada));
      expect(await store.findKey("key_2" as KeyId)).toBeUndefined();
    });
  });

  describe(`policies of keys on ${engine}`, () => {
    let opened: OpenIdentityStore;
    let store: IdentityStore;
    const id = "key_1" as KeyId;
    const found = async () => (await store.findKeyByHash(hash(1)))?.key;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      await store.createUser(user("ada"));
    });
    afterEach(() => opened.close());

    test.each<[string, KeyPolicy]>([
      ["everything", fullPolicy],
      ["the most urgent level", { priority: 0, bestPriority: 0, worstPriority: 0, limits: {} }],
      ["a tier alone", { tier: "background", limits: {} }],
      ["a quota alone", { limits: { tokensPerDay: 1 } }],
      ["no model at all", { models: [], limits: {} }],
    ])("a key comes back with the policy it was made with: %s", async (_name, policy) => {
      const made = key("1", user("ada"), { policy });
      await store.createKey(made, digest(1));
      expect(await found()).toEqual(made);
      expect(await store.findKey(id)).toEqual(made);
      expect(await store.listKeys()).toEqual([made]);
    });

    test("a policy replaces the one before, and none removes it", async () => {
      const bare = key("1", user("ada"));
      await store.createKey(bare, digest(1));
      await store.createKey(key("2", user("ada"), { policy: fullPolicy }), digest(2));
      for (const policy of [
        fullPolicy,
        { priority: 3, limits: { concurrent: 4 } },
        { tier: "bulk", limits: {} },
      ] as const) {
        expect(await store.updateKeyPolicy(id, policy, 2_000)).toBe(true);
        expect(await found()).toEqual({ ...bare, policy });
      }
      expect(await store.updateKeyPolicy(id, undefined, 3_000)).toBe(true);
      expect(await found()).toEqual(bare);
      expect((await store.findKeyByHash(hash(2)))?.key.policy).toEqual(fullPolicy);
    });

    test("no policy is kept for a key that does not exist", async () => {
      expect(await store.updateKeyPolicy("key_none" as KeyId, fullPolicy, 2_000)).toBe(false);
      expect(await store.listKeys()).toEqual([]);
    });

    test("TC-P0-TOK-002 test_token_routing: what a key has used is saved, replaced, and survives a change of its policy", async () => {
      await store.createKey(key("1", user("ada"), { policy: fullPolicy }), digest(1));
      await store.createKey(key("2", user("ada")), digest(2));
      await store.saveQuotaUsage([
        { keyId: id, usage: usage(1_000) },
        { keyId: "key_none" as KeyId, usage: usage(5) },
        { keyId: "key_2" as KeyId, usage: usage(7) },
      ]);
      expect((await found())?.quotaUsage).toEqual(usage(1_000));
      await store.saveQuotaUsage([{ keyId: id, usage: usage(900) }]);
      await store.updateKeyPolicy(id, { limits: { tokensPerDay: 10_000 } }, 2_000);
      expect(await found()).toMatchObject({ policy: { limits: { tokensPerDay: 10_000 } }, quotaUsage: usage(900) });
      expect((await store.listKeys()).map((each) => each.quotaUsage?.dayTokens)).toEqual([900, 7]);
      expect((await store.findKey("key_2" as KeyId))?.policy).toBeUndefined();
    });

    test("usage keeps both of its windows over the ends of months and years", async () => {
      await store.createKey(key("1", user("ada")), digest(1));
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
      await store.createKey(key("1", user("ada"), { policy }), digest(1));
      await store.saveQuotaUsage([{ keyId: id, usage: { ...usage(2 ** 52), monthTokens: 2 ** 53 - 1 } }]);
      expect(await found()).toMatchObject({ policy, quotaUsage: { dayTokens: 2 ** 52, monthTokens: 2 ** 53 - 1 } });
    });
  });
}

const fullPolicy: KeyPolicy = {
  tier: "partner",
  priority: 3,
  bestPriority: 1,
  worstPriority: 8,
  weight: 1_000,
  models: ["gpt-*", 'claude-"quoted"'],
  limits: {
    requestsPerMinute: 60,
    tokensPerMinute: 100_000,
    concurrent: 4,
    tokensPerDay: 10_000,
    tokensPerMonth: 200_000,
    quotaMode: "soft",
  },
};

function usage(dayTokens: number): QuotaUsage {
  const monthTokens = dayTokens * 2;
  return { dayStartMs: Date.UTC(2026, 10, 20), dayTokens, monthStartMs: Date.UTC(2026, 10, 1), monthTokens };
}

function user(name: string, changes: Partial<User> = {}): User {
  const id = `usr_${name}`;
  return {
    id: id as UserId,
    tenantId: id as TenantId,
    email: `${name}@example.com`,
    name,
    role: "gateway_user",
    status: "active",
    createdAtMs: 1_000,
    ...changes,
  };
}

function key(name: string, owner: User, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    id: `key_${name}` as KeyId,
    userId: owner.id,
    tenantId: owner.tenantId,
    name: `key ${name}`,
    prefix: "tok_live_abc",
    scopes: ["models:call", "models:read"],
    createdAtMs: 1_000,
    ...changes,
  };
}

function hash(seed: number): Uint8Array {
  return new Uint8Array(32).fill(seed);
}

function digest(seed: number): KeyDigest {
  return { tokenHash: hash(seed), hashAlg: "hmac-sha256", pepperId: "1" };
}
