import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail as trail } from "#core/audit/sample-trail.ts";
import type { KeyId } from "#core/effects/ids.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import type { OpenStores } from "./engines.ts";
import { digest, fullPolicy, hash, key, membership, team, usage, user } from "./sample-identity.ts";

const all = { limit: 1_000 };

/** What every engine promises about keys. */
export function keySuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`keys on ${engine}`, () => {
    let stores: OpenStores;
    let store: IdentityStore;
    beforeEach(async () => {
      stores = await open();
      store = stores.identity;
    });
    afterEach(() => stores.close());

    const ada = user("ada");
    const withOwner = () => store.createUser(ada, trail());

    test("a key is found by its digest together with its owner", async () => {
      const first = key("1", ada, { scopes: ["models:call", "usage:read"], expiresAtMs: 9_000 });
      await store.createUser(ada, trail());
      await store.createKey(first, digest(1), trail());
      await store.createKey(key("2", ada), digest(2), trail());
      expect(await store.findKeyByHash(hash(1))).toEqual({ key: first, user: ada, adminOf: [] });
      expect(await store.findKeyByHash(hash(3))).toBeUndefined();
    });

    test("keys are listed oldest first, all or those of one user", async () => {
      const bob = user("bob");
      await store.createUser(ada, trail());
      await store.createUser(bob, trail());
      const keys = [
        key("3", ada, { createdAtMs: 1 }),
        key("1", bob, { createdAtMs: 2 }),
        key("2", ada, { createdAtMs: 3 }),
      ];
      for (const [index, each] of keys.entries()) await store.createKey(each, digest(index), trail());
      expect(await store.listKeys(all)).toEqual(keys);
      expect((await store.listKeys({ ...all, userId: ada.id })).map((each) => each.id as string)).toEqual([
        "key_3",
        "key_2",
      ]);
      expect(await store.listKeys({ ...all, userId: user("nobody").id })).toEqual([]);
    });

    test("keys of a user that work are counted: neither revoked, nor expired, nor another's", async () => {
      const bob = user("bob");
      for (const owner of [ada, bob]) await store.createUser(owner, trail());
      await store.createKey(key("1", ada, { expiresAtMs: 2_000 }), digest(1), trail());
      await store.createKey(key("2", ada), digest(2), trail());
      await store.createKey(key("3", ada), digest(3), trail());
      await store.createKey(key("4", bob), digest(4), trail());
      await store.revokeKey("key_3" as KeyId, 1_000, trail());
      expect(await store.countWorkingKeys(ada.id, 1_999)).toBe(2);
      expect(await store.countWorkingKeys(ada.id, 2_000)).toBe(1);
    });

    test("neither a key id nor a digest is used twice", async () => {
      await store.createUser(ada, trail());
      await store.createKey(key("1", ada), digest(1), trail());
      expect(await rejectionOf(store.createKey(key("1", ada), digest(2), trail()))).toMatchObject({ code: "conflict" });
      expect(await rejectionOf(store.createKey(key("2", ada), digest(1), trail()))).toMatchObject({ code: "conflict" });
    });

    test("a key is not made in a team that its owner is not in, nor by a key that was revoked", async () => {
      await withOwner();
      await store.createTeam(team("search"), trail());
      const inside = key("1", ada, { teamId: team("search").id });
      expect(await rejectionOf(store.createKey(inside, digest(1), trail()))).toMatchObject({ code: "conflict" });
      await store.setMember(membership("search", "ada"), trail());
      await store.createKey(inside, digest(1), trail());
      const child = key("2", ada, { parentId: inside.id });
      await store.createKey(child, digest(2), trail());
      await store.revokeKey(inside.id, 5_000, trail());
      expect((await store.findKey(child.id))?.revokedAtMs).toBe(5_000);
      const late = store.createKey(key("3", ada, { parentId: inside.id }), digest(3), trail());
      expect(await rejectionOf(late)).toMatchObject({ code: "conflict" });
      expect(await store.findKeyByHash(hash(3))).toBeUndefined();
    });

    test("a key without an owner is refused", async () => {
      expect(await rejectionOf(store.createKey(key("1", user("nobody")), digest(1), trail()))).toMatchObject({
        code: "not_found",
      });
    });

    test("a revoked key stays findable, and revoking twice keeps the first time", async () => {
      await store.createUser(ada, trail());
      await store.createKey(key("1", ada), digest(1), trail());
      expect(await store.revokeKey("key_1" as KeyId, 5_000, trail())).toBe(true);
      expect(await store.revokeKey("key_1" as KeyId, 6_000, trail())).toBe(true);
      expect((await store.findKeyByHash(hash(1)))?.key.revokedAtMs).toBe(5_000);
      expect(await store.revokeKey("key_none" as KeyId, 5_000, trail())).toBe(false);
    });

    test("a key is found by its id", async () => {
      await store.createUser(ada, trail());
      await store.createKey(key("1", ada), digest(1), trail());
      expect(await store.findKey("key_1" as KeyId)).toEqual(key("1", ada));
      expect(await store.findKey("key_2" as KeyId)).toBeUndefined();
    });

    test("a key comes back with its team, maker, labels and addresses, and a change changes what it names", async () => {
      await withOwner();
      await store.createTeam(team("search"), trail());
      await store.setMember(membership("search", "ada"), trail());
      const made = key("1", ada, {
        teamId: team("search").id,
        parentId: "key_0" as KeyId,
        labels: ["ci", "project=search"],
        addresses: ["10.0.0.0/8"],
        expiresAtMs: 9_000,
      });
      await store.createKey(made, digest(1), trail());
      expect(await store.findKey(made.id)).toEqual(made);
      const change = { name: "renamed", labels: ["cd"], addresses: [], expiresAtMs: null };
      expect(await store.updateKey(made.id, change, 2_000, trail())).toBe(true);
      const { addresses: _, expiresAtMs: __, ...rest } = made;
      expect(await store.findKey(made.id)).toEqual({ ...rest, name: "renamed", labels: ["cd"] });
      expect(await store.updateKey(made.id, { policy: fullPolicy }, 3_000, trail())).toBe(true);
      expect(await store.findKey(made.id)).toEqual({ ...rest, name: "renamed", labels: ["cd"], policy: fullPolicy });
      expect(await store.updateKey("key_none" as KeyId, { name: "x" }, 3_000, trail())).toBe(false);
    });

    test("pages of keys follow each other, whatever they are filtered by, and show nobody else's", async () => {
      await withOwner();
      await store.createUser(user("bob"), trail());
      await store.createTeam(team("search"), trail());
      for (const name of ["ada", "bob"]) await store.setMember(membership("search", name), trail());
      for (let index = 0; index < 9; index += 1) {
        const owner = index % 3 === 0 ? user("bob") : ada;
        const changes = { createdAtMs: 1_000 + Math.floor(index / 2), labels: [index % 2 === 0 ? "even" : "odd"] };
        const home = index < 4 ? { teamId: team("search").id } : {};
        await store.createKey(key(`${index}`, owner, { ...changes, ...home }), digest(index + 1), trail());
      }
      const pages = async (query: object): Promise<string> => {
        let [listed, after] = ["", undefined as string | undefined];
        for (;;) {
          const page = await store.listKeys({ ...query, limit: 2, ...(after !== undefined && { after }) });
          listed += page.map(({ name }) => name.replace("key ", "")).join("");
          after = page.at(-1)?.id;
          if (page.length < 2) return listed;
        }
      };
      expect(await pages({})).toBe("012345678");
      expect(await pages({ userId: ada.id })).toBe("124578");
      expect(await pages({ teamId: team("search").id })).toBe("0123");
      expect(await pages({ label: "even" })).toBe("02468");
      expect(await pages({ visibleTo: { userId: user("bob").id, teamIds: [] } })).toBe("036");
      expect(await pages({ visibleTo: { userId: user("bob").id, teamIds: [team("search").id] } })).toBe("01236");
      expect(await pages({ userId: ada.id, visibleTo: { userId: user("bob").id, teamIds: [] } })).toBe("");
      await store.updateKey(key("2", ada).id, { labels: ["odd"] }, 1, trail());
      expect(await pages({ label: "even" })).toBe("0468");
    });

    test("a rotated key keeps its id, policy and usage; what it was known by works on until the overlap ends", async () => {
      await withOwner();
      const made = key("1", ada, { policy: fullPolicy });
      await store.createKey(made, digest(1), trail());
      const rotate = (seed: number, untilMs: number, nowMs: number) =>
        store.rotateKey(made.id, { ...digest(seed), prefix: `p${seed}` }, untilMs, trail("rotateKey", made.id, nowMs));
      expect(await rotate(2, 5_000, 2_000)).toBe(true);
      const rotated = { ...made, prefix: "p2" };
      expect((await store.findKeyByHash(hash(2)))?.key).toEqual(rotated);
      expect((await store.findKeyByHash(hash(1)))?.key).toEqual({ ...rotated, expiresAtMs: 5_000 });
      expect(await rotate(3, 4_000, 3_000)).toBe(true);
      const ends = [await store.findKeyByHash(hash(1)), await store.findKeyByHash(hash(2))];
      expect(ends.map((found) => found?.key.expiresAtMs)).toEqual([4_000, 4_000]);
      expect(await rotate(4, 4_500, 4_500)).toBe(true);
      for (const seed of [1, 2, 3]) expect(await store.findKeyByHash(hash(seed))).toBeUndefined();
      expect(await store.listKeys(all)).toEqual([{ ...rotated, prefix: "p4" }]);
      expect(await rejectionOf(store.createKey(key("2", ada), digest(4), trail()))).toMatchObject({ code: "conflict" });
    });

    test("a key that ended is not rotated, and revoking ends what it was rotated from", async () => {
      await withOwner();
      await store.createKey(key("1", ada), digest(1), trail());
      await store.createKey(key("2", ada, { expiresAtMs: 2_000 }), digest(2), trail());
      const rotate = (name: string, seed: number) =>
        store.rotateKey(key(name, ada).id, { ...digest(seed), prefix: "p" }, 9_000, trail("rotateKey", name, 2_000));
      expect(await rotate("2", 3)).toBe(false);
      expect(await rotate("1", 4)).toBe(true);
      await store.revokeKey(key("1", ada).id, 3_000, trail());
      expect((await store.findKeyByHash(hash(4)))?.key.revokedAtMs).toBe(3_000);
      expect(await store.findKeyByHash(hash(1))).toBeUndefined();
      expect(await rotate("1", 5)).toBe(false);
      expect(await rotate("none", 5)).toBe(false);
    });

    test("the last use is remembered and never goes back", async () => {
      await withOwner();
      await store.createKey(key("1", ada), digest(1), trail());
      await store.saveLastUsed([
        { keyId: key("1", ada).id, atMs: 60_000 },
        { keyId: "key_none" as KeyId, atMs: 60_000 },
      ]);
      await store.saveLastUsed([{ keyId: key("1", ada).id, atMs: 0 }]);
      expect((await store.findKey(key("1", ada).id))?.lastUsedAtMs).toBe(60_000);
    });

    test("keys that were made elsewhere are known to exist until they are rotated", async () => {
      await withOwner();
      await store.createKey(key("1", ada), digest(1), trail());
      expect(await store.hasForeignKeys()).toBe(false);
      await store.createKey(key("2", ada, { prefix: "sk-...abcd" }), digest(2), trail());
      expect(await store.hasForeignKeys()).toBe(true);
      await store.rotateKey(key("2", ada).id, { ...digest(3), prefix: "tok_live_abc" }, 0, trail());
      expect(await store.hasForeignKeys()).toBe(false);
    });

    test("F96 a key that was made by a key is found with that one as it is now, however often that was rotated", async () => {
      const bob = user("bob");
      for (const owner of [ada, bob]) await store.createUser(owner, trail());
      const maker = key("1", ada, { policy: fullPolicy });
      const made = key("2", bob, { parentId: maker.id });
      await store.createKey(maker, digest(1), trail());
      await store.createKey(made, digest(2), trail());
      const found = () => store.findKeyByHash(hash(2));
      const parent = { key: maker, user: ada, adminOf: [] };
      expect(await found()).toEqual({ key: made, user: bob, adminOf: [], parent });
      expect(await store.findKeyByHash(hash(1))).toEqual(parent);
      await store.saveQuotaUsage([{ keyId: maker.id, usage: usage(7) }]);
      await store.updateKey(maker.id, { addresses: ["10.0.0.0/8"], expiresAtMs: 9_000 }, 2_000, trail());
      await store.updateUser(ada.id, { status: "inactive" }, trail());
      const next = { ...digest(3), prefix: "p3" };
      expect(await store.rotateKey(maker.id, next, 2_500, trail("rotateKey", maker.id, 2_000))).toBe(true);
      expect((await found())?.parent).toMatchObject({
        key: { id: maker.id, addresses: ["10.0.0.0/8"], expiresAtMs: 9_000, policy: fullPolicy, quotaUsage: usage(7) },
        user: { status: "inactive" },
      });
      await store.revokeKey(maker.id, 3_000, trail());
      expect(await found()).toMatchObject({ key: { revokedAtMs: 3_000 }, parent: { key: { revokedAtMs: 3_000 } } });
    });

    test("F96 secrets that a key was rotated from end too when the key that made it does", async () => {
      await withOwner();
      await store.createKey(key("1", ada), digest(1), trail());
      const made = key("2", ada, { parentId: key("1", ada).id });
      await store.createKey(made, digest(2), trail());
      await store.rotateKey(made.id, { ...digest(3), prefix: "p3" }, 9_000, trail("rotateKey", made.id, 2_000));
      await store.revokeKey(key("1", ada).id, 3_000, trail());
      expect(await store.findKeyByHash(hash(2))).toBeUndefined();
      expect((await store.findKeyByHash(hash(3)))?.key.revokedAtMs).toBe(3_000);
    });

    test("who manages teams is known with the key", async () => {
      await withOwner();
      await store.createKey(key("1", ada), digest(1), trail());
      for (const name of ["search", "ads"]) await store.createTeam(team(name), trail());
      await store.setMember(membership("search", "ada", "admin"), trail());
      await store.setMember(membership("ads", "ada", "member"), trail());
      expect((await store.findKeyByHash(hash(1)))?.adminOf).toEqual([team("search").id]);
    });
  });
}
