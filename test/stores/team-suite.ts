import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail as trail } from "#core/audit/sample-trail.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import type { OpenStores } from "./engines.ts";
import { digest, fullPolicy, hash, key, membership, team, user } from "./sample-identity.ts";

const all = { limit: 1_000 };

/** What every engine promises about teams. */
export function teamSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`teams on ${engine}`, () => {
    let stores: OpenStores;
    let store: IdentityStore;
    const [ada, bob] = [user("ada"), user("bob")];
    const search = team("Search", { keyPolicy: fullPolicy });
    beforeEach(async () => {
      stores = await open();
      store = stores.identity;
      for (const each of [ada, bob]) await store.createUser(each, trail());
    });
    afterEach(() => stores.close());

    test("a team is found by id and by name without case, with its policy and the number of its members", async () => {
      await store.createTeam(search, trail());
      await store.setMember(membership("Search", "ada"), trail());
      expect(await store.findTeam(search.id)).toEqual({ ...search, members: 1 });
      expect(await store.findTeam("sEARCH")).toEqual({ ...search, members: 1 });
      expect(await store.findTeam("searc")).toBeUndefined();
      const again = store.createTeam(team("x", { name: "SEARCH" }), trail());
      expect(await rejectionOf(again)).toMatchObject({ code: "conflict" });
    });

    test("teams are listed by name in pages, all or those of a member", async () => {
      for (const name of ["cats", "Ants", "bees"]) await store.createTeam(team(name), trail());
      await store.setMember(membership("cats", "ada"), trail());
      const names = async (query: Parameters<IdentityStore["listTeams"]>[0]) =>
        (await store.listTeams(query)).map(({ name }) => name);
      expect(await names({ limit: 2 })).toEqual(["Ants", "bees"]);
      expect(await names({ limit: 2, after: "bees" })).toEqual(["cats"]);
      expect(await names({ ...all, memberId: ada.id })).toEqual(["cats"]);
      expect(await names({ ...all, memberId: bob.id })).toEqual([]);
    });

    test("a change of a team changes what it names, and null takes its policy away", async () => {
      await store.createTeam(search, trail());
      await store.createTeam(team("ads"), trail());
      expect(await store.updateTeam(search.id, { name: "Find" }, trail())).toBe(true);
      expect(await store.findTeam("find")).toEqual({ ...search, name: "Find", members: 0 });
      expect(await store.updateTeam(search.id, { keyPolicy: null }, trail())).toBe(true);
      expect((await store.findTeam("find"))?.keyPolicy).toBeUndefined();
      const taken = store.updateTeam(search.id, { name: "ADS" }, trail());
      expect(await rejectionOf(taken)).toMatchObject({ code: "conflict" });
      expect(await store.updateTeam(team("none").id, { name: "x" }, trail())).toBe(false);
    });

    test("members are listed with their roles, and a role changes", async () => {
      await store.createTeam(search, trail());
      await store.setMember(membership("Search", "ada", "admin"), trail());
      await store.setMember({ ...membership("Search", "bob"), addedAtMs: 2_000 }, trail());
      await store.setMember({ ...membership("Search", "ada", "member"), addedAtMs: 9_000 }, trail());
      expect(await store.listMembers(search.id)).toEqual([
        { membership: membership("Search", "ada", "member"), user: ada },
        { membership: { ...membership("Search", "bob"), addedAtMs: 2_000 }, user: bob },
      ]);
      expect(await store.membershipsOf(ada.id)).toEqual([{ membership: membership("Search", "ada"), team: search }]);
      const nowhere = store.setMember(membership("none", "ada"), trail());
      expect(await rejectionOf(nowhere)).toMatchObject({ code: "not_found" });
    });

    test("who leaves a team loses the keys in it and keeps the others", async () => {
      await store.createTeam(search, trail());
      for (const name of ["ada", "bob"]) await store.setMember(membership("Search", name), trail());
      await store.createKey(key("1", ada, { teamId: search.id }), digest(1), trail());
      await store.createKey(key("2", ada), digest(2), trail());
      await store.createKey(key("3", bob, { teamId: search.id }), digest(3), trail());
      expect(await store.removeMember(search.id, ada.id, 5_000, trail())).toBe(true);
      const ends = await Promise.all([1, 2, 3].map((seed) => store.findKeyByHash(hash(seed))));
      expect(ends.map((found) => found?.key.revokedAtMs)).toEqual([5_000, undefined, undefined]);
      expect(await store.removeMember(search.id, ada.id, 6_000, trail())).toBe(false);
    });

    test("F96 who leaves a team takes along what its keys have made there, for whomever, and nothing elsewhere", async () => {
      await store.createTeam(search, trail());
      for (const name of ["ada", "bob"]) await store.setMember(membership("Search", name), trail());
      const home = { teamId: search.id };
      await store.createKey(key("1", ada, home), digest(1), trail());
      await store.createKey(key("2", ada), digest(2), trail());
      for (const [seed, made] of [
        [3, key("3", bob, { ...home, parentId: key("1", ada).id })],
        [4, key("4", bob, { ...home, parentId: key("2", ada).id })],
        [5, key("5", ada, { parentId: key("2", ada).id })],
        [6, key("6", bob, home)],
      ] as const) {
        await store.createKey(made, digest(seed), trail());
      }
      expect(await store.removeMember(search.id, ada.id, 5_000, trail())).toBe(true);
      const ends = (await store.listKeys({ limit: 10 })).map(({ name, revokedAtMs }) => [name, revokedAtMs]);
      const keys = ["1", "2", "3", "4", "5", "6"];
      expect(ends).toEqual(keys.map((name) => [`key ${name}`, "134".includes(name) ? 5_000 : undefined]));
    });

    test("a team goes when none of its keys works, and an expired one never comes back", async () => {
      await store.createTeam(search, trail());
      await store.setMember(membership("Search", "ada"), trail());
      await store.createKey(key("1", ada, { teamId: search.id }), digest(1), trail());
      await store.createKey(key("2", ada, { teamId: search.id, expiresAtMs: 4_000 }), digest(2), trail());
      expect(await rejectionOf(store.deleteTeam(search.id, 5_000, trail()))).toMatchObject({ code: "conflict" });
      await store.revokeKey(key("1", ada).id, 4_500, trail());
      expect(await store.deleteTeam(search.id, 5_000, trail())).toBe(true);
      expect(await store.findTeam(search.id)).toBeUndefined();
      expect(await store.membershipsOf(ada.id)).toEqual([]);
      expect((await store.findKey(key("2", ada).id))?.revokedAtMs).toBe(5_000);
      expect(await store.deleteTeam(search.id, 6_000, trail())).toBe(false);
    });
  });
}
