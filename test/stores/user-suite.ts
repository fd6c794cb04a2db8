import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail as trail } from "#core/audit/sample-trail.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import type { OpenStores } from "./engines.ts";
import { digest, hash, key, membership, team, user } from "./sample-identity.ts";

const all = { limit: 1_000 };

/** What every engine promises about users. */
export function userSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`users on ${engine}`, () => {
    let stores: OpenStores;
    let store: IdentityStore;
    beforeEach(async () => {
      stores = await open();
      store = stores.identity;
    });
    afterEach(() => stores.close());

    test("users come back as they were given, oldest first", async () => {
      const younger = user("b", { createdAtMs: 2_000, role: "gateway_admin", status: "inactive" });
      const older = user("a", { createdAtMs: 1_000 });
      await store.createUser(younger, trail());
      await store.createUser(older, trail());
      expect(await store.listUsers(all)).toEqual([older, younger]);
    });

    test("a user is found by id, by e-mail without case, and by name", async () => {
      const ada = user("ada", { email: "Ada@Example.com", name: "Ada Lovelace" });
      await store.createUser(ada, trail());
      expect(await store.findUser("usr_ada")).toEqual(ada);
      expect(await store.findUser("aDA@example.COM")).toEqual(ada);
      expect(await store.findUser("Ada Lovelace")).toEqual(ada);
      expect(await store.findUser("Ada")).toBeUndefined();
    });

    test("an e-mail is taken whatever its case", async () => {
      await store.createUser(user("a", { email: "ada@example.com" }), trail());
      const second = store.createUser(user("b", { email: "ADA@example.com" }), trail());
      expect(await rejectionOf(second)).toMatchObject({ code: "conflict" });
      expect(await store.listUsers(all)).toHaveLength(1);
    });

    test("a name that two users share is a conflict, their e-mails are not", async () => {
      await store.createUser(user("a", { name: "Sam" }), trail());
      await store.createUser(user("b", { name: "Sam" }), trail());
      expect(await rejectionOf(store.findUser("Sam"))).toMatchObject({ code: "conflict" });
      expect(await store.findUser("b@example.com")).toMatchObject({ id: "usr_b" });
    });

    test("nobody can take another's e-mail as a name to be found by", async () => {
      await store.createUser(user("mallory", { name: "ada@example.com" }), trail());
      await store.createUser(user("ada", { email: "ada@example.com" }), trail());
      expect(await store.findUser("ada@example.com")).toMatchObject({ id: "usr_ada" });
    });

    test("a change of a user changes what it names", async () => {
      const ada = user("ada");
      await store.createUser(ada, trail());
      await store.createUser(user("bob"), trail());
      const change = { email: "Lovelace@example.com", role: "gateway_admin", status: "inactive" } as const;
      expect(await store.updateUser(ada.id, change, trail())).toBe(true);
      expect(await store.findUser("lovelace@EXAMPLE.com")).toEqual({ ...ada, ...change });
      expect(await store.findUser("ada@example.com")).toBeUndefined();
      const taken = store.updateUser(ada.id, { email: "BOB@example.com" }, trail());
      expect(await rejectionOf(taken)).toMatchObject({ code: "conflict" });
      expect(await store.updateUser(user("nobody").id, { name: "x" }, trail())).toBe(false);
    });

    test("pages of users follow each other, all or those of one status", async () => {
      for (const name of ["a", "b", "c", "d"]) {
        await store.createUser(user(name, { status: name === "b" ? "inactive" : "active" }), trail());
      }
      const names = async (query: Parameters<IdentityStore["listUsers"]>[0]) =>
        (await store.listUsers(query)).map(({ name }) => name).join("");
      expect(await names({ limit: 2 })).toBe("ab");
      expect(await names({ limit: 2, after: "usr_b" })).toBe("cd");
      expect(await names({ limit: 9, status: "active" })).toBe("acd");
      expect(await rejectionOf(names({ limit: 9, after: "usr_nobody" }))).toMatchObject({ code: "invalid_request" });
    });

    test("active users of a role are counted", async () => {
      await store.createUser(user("a", { role: "root_admin" }), trail());
      await store.createUser(user("b", { role: "root_admin", status: "inactive" }), trail());
      await store.createUser(user("c"), trail());
      expect(await store.countActive("root_admin")).toBe(1);
      expect(await store.countActive("gateway_admin")).toBe(0);
    });

    test("L15 an erased user is found by nothing, its keys, what those made and memberships end, and its e-mail is free again", async () => {
      const ada = user("ada");
      await store.createUser(ada, trail());
      await store.createTeam(team("search"), trail());
      await store.setMember(membership("search", "ada", "admin"), trail());
      await store.createKey(key("1", ada), digest(1), trail());
      await store.createUser(user("bob"), trail());
      await store.createKey(key("2", user("bob"), { parentId: key("1", ada).id }), digest(2), trail());
      expect(await store.eraseUser(ada.id, 5_000, trail("deleteUser", ada.id))).toBe(true);
      for (const who of [ada.id, ada.email, ada.name, ""]) expect(await store.findUser(who)).toBeUndefined();
      expect(await store.listUsers(all)).toEqual([user("bob")]);
      expect((await store.findKey(key("2", ada).id))?.revokedAtMs).toBe(5_000);
      expect(await store.listMembers(team("search").id)).toEqual([]);
      expect(await store.findKeyByHash(hash(1))).toMatchObject({
        key: { revokedAtMs: 5_000 },
        user: { id: ada.id, email: "", name: "", status: "inactive" },
        adminOf: [],
      });
      expect(await store.eraseUser(ada.id, 6_000, trail())).toBe(false);
      expect(await store.updateUser(ada.id, { status: "active" }, trail())).toBe(false);
      await store.createUser(user("ada2", { email: ada.email, name: ada.name }), trail());
      expect(await store.findUser(ada.email)).toMatchObject({ id: "usr_ada2" });
      expect(JSON.stringify(await stores.audit.listAudit({ limit: 100 }))).not.toContain("example.com");
    });
  });
}
