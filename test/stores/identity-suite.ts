import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { User } from "#core/identity/user.ts";
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
  });
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
