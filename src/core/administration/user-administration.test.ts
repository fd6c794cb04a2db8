import { beforeEach, describe, expect, test } from "bun:test";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import { userViewSchema } from "#core/api/user.ts";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { createAuditHasher } from "#core/audit/audit-chain.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import type { SessionId, UserId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import { chainStart } from "#core/ledger/chain.ts";

let desk: IdentityDesk;
beforeEach(() => {
  desk = new IdentityDesk();
});

describe("users", () => {
  test("a user is a tenant alone, named after the e-mail unless told otherwise", async () => {
    const view = await desk.root.createUser({ email: "ada@example.com" });
    expect(userViewSchema.parse(view)).toEqual({
      id: "usr_1",
      email: "ada@example.com",
      name: "ada",
      role: "gateway_user",
      status: "active",
      created_at: "2026-11-21T12:00:00.000Z",
    });
    expect((await desk.stores.identity.findUser("ada"))?.tenantId as string).toBe("usr_1");
    expect(await desk.root.listUsers({})).toEqual({ data: [view], next_cursor: null });
    expect(desk.changes.map(({ subject }) => subject)).toEqual(["usr_1"]);
    expect((await desk.root.createUser({ email: "b@example.com", name: "Bob" })).name).toBe("Bob");
  });

  test("F95 unknown and bad fields are named and reach no store", async () => {
    const inputs: readonly [string, unknown][] = [
      ["email", { email: "nobody" }],
      ["email", {}],
      ["name", { email: "a@example.com", name: "" }],
      ["role", { email: "a@example.com", role: "emperor" }],
      ["tenant_id", { email: "a@example.com", tenant_id: "usr_9" }],
      ["", "text"],
    ];
    for (const [field, input] of inputs) {
      expect(await refusalOf(desk.root.createUser(input as never))).toEqual(["invalid_request", field]);
    }
    expect((await desk.root.listUsers({})).data).toEqual([]);
  });

  test("pages of users follow each other", async () => {
    for (const name of ["a", "b", "c"]) await desk.user(name);
    const first = await desk.root.listUsers({ limit: 2 });
    const rest = await desk.root.listUsers({ limit: 2, cursor: first.next_cursor ?? "" });
    expect([first, rest].map(({ data }) => data.map(({ name }) => name))).toEqual([["a", "b"], ["c"]]);
    expect(rest.next_cursor).toBeNull();
  });

  test("everybody logs itself out everywhere, others only whoever may change users, root only root; once is audited once", async () => {
    const people = [["ada"], ["bob"], ["adm", "gateway_admin"], ["top", "root_admin"]] as const;
    for (const [index, [name, role]] of people.entries()) {
      const userId = (await desk.user(name, role)) as UserId;
      const session = {
        id: `ses_${name}` as SessionId,
        userId,
        tokenHash: new Uint8Array(32).fill(index),
      };
      const times = { createdAtMs: 1, lastSeenAtMs: 1, expiresAtMs: 1e15 };
      await desk.stores.sessions.createSession({ ...session, ...times }, sampleTrail().audit);
    }
    const as = async (name: string) => desk.as(await desk.session(`${name}@example.com`));
    const [ada, adm] = [await as("ada"), await as("adm")];
    await desk.root.createTeam({ name: "search" });
    await desk.root.setTeamMember({ id: "search", user: "ada", role: "admin" });
    expect(await refusalOf(ada.endSessions({ id: "bob" }))).toEqual(["not_found", undefined]);
    await desk.root.setTeamMember({ id: "search", user: "bob" });
    const managing = await as("ada");
    expect(await refusalOf(managing.endSessions({ id: "bob" }))).toEqual(["permission_denied", "users:write"]);
    expect(await refusalOf(adm.endSessions({ id: "top" }))).toEqual(["permission_denied", "root_admin"]);
    const narrow = {
      ...(await desk.session("adm@example.com")),
      kind: "key" as const,
      permissions: new Set(["profile:read"] as const),
    };
    expect(await refusalOf(desk.as(narrow).endSessions({ id: "bob" }))).toEqual(["permission_denied", "users:write"]);
    expect(await ada.endSessions({ id: "ada" })).toMatchObject({ ended: 1 });
    expect(await adm.endSessions({ id: "bob" })).toMatchObject({ ended: 1 });
    expect(await adm.endSessions({ id: "bob" })).toMatchObject({ ended: 0 });
    expect(await desk.root.endSessions({ id: "top" })).toMatchObject({ ended: 1 });
    expect((await desk.root.listAudit({ action: "endSessions" })).data).toHaveLength(3);
  });

  test("a cursor that no page gave is refused in lists of users, keys and teams, as one of what is not in sight is", async () => {
    for (const name of ["ada", "bob"]) {
      await desk.user(name);
      await desk.root.createKey({ user: name, name });
      await desk.root.createTeam({ name });
    }
    const bob = desk.as(await desk.session("bob@example.com"));
    const [key] = (await desk.root.listKeys({ user: "ada" })).data;
    const refused = ["invalid_request", "cursor"];
    for (const cursor of ["nothing", "usr_99"]) {
      const asked = [desk.root.listUsers({ cursor }), desk.root.listKeys({ cursor }), desk.root.listTeams({ cursor })];
      for (const attempt of asked) expect(await refusalOf(attempt)).toEqual(refused);
    }
    expect(await refusalOf(bob.listKeys({ cursor: key?.id ?? "" }))).toEqual(refused);
    expect(await refusalOf(bob.listTeams({ cursor: "ada" }))).toEqual(refused);
  });

  test("a change counts at once, and its trail names the fields but no e-mail", async () => {
    const id = await desk.user("ada");
    const changed = await desk.root.updateUser({
      id: "ada@example.com",
      email: "love@example.com",
      status: "inactive",
    });
    expect(changed).toMatchObject({ id, email: "love@example.com", status: "inactive" });
    expect(desk.changes.at(-1)?.subject).toBe(id);
    const [row] = (await desk.root.listAudit({ target: id })).data;
    expect(row).toMatchObject({
      action: "updateUser",
      outcome: "done",
      actor_kind: "root",
      details: { fields: ["email", "status"], role: "gateway_user", status: "inactive" },
      request_id: "req_1",
    });
    expect(await refusalOf(desk.root.updateUser({ id: "nobody", name: "x" }))).toEqual(["not_found", undefined]);
  });

  test("L15 an erased user leaves bare ids alone, and the audit's chain holds", async () => {
    const id = await desk.user("ada");
    const issued = await desk.root.createKey({ user: id, name: "laptop" });
    expect(await desk.root.deleteUser({ id: "ada" })).toMatchObject({ id, email: "", name: "", status: "inactive" });
    expect(await refusalOf(desk.root.findUser({ id }))).toEqual(["not_found", undefined]);
    expect((await desk.root.findKey({ id: issued.id })).status).toBe("revoked");
    const rows = (await desk.stores.audit.listAudit({ limit: 100 })).toReversed();
    expect(rows.map(({ action }) => action)).toEqual(["createUser", "createKey", "deleteUser"]);
    const hash = createAuditHasher(pureDigest);
    let last = chainStart;
    for (const row of rows) {
      expect(row.hash).toEqual(hash(last, row));
      last = row.hash;
    }
    expect(JSON.stringify(rows)).not.toContain("ada@");
    expect((await desk.user("ada")) === id).toBe(false);
  });
});

describe("root administrators", () => {
  test("the last active one can neither be demoted, deactivated nor erased, not even by root", async () => {
    const id = await desk.user("root", "root_admin");
    const sleeping = await desk.user("spare", "root_admin");
    await desk.root.updateUser({ id: sleeping, status: "inactive" });
    for (const attempt of [
      desk.root.updateUser({ id, role: "gateway_admin" }),
      desk.root.updateUser({ id, status: "inactive" }),
      desk.root.deleteUser({ id }),
    ]) {
      expect(await refusalOf(attempt)).toEqual(["conflict", undefined]);
    }
    expect(await desk.root.updateUser({ id, name: "still root" })).toMatchObject({ role: "root_admin" });
    await desk.root.updateUser({ id: sleeping, status: "active" });
    const both = await Promise.allSettled([
      desk.root.updateUser({ id, status: "inactive" }),
      desk.root.updateUser({ id: sleeping, status: "inactive" }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("F96 only such administrators touch them, give their role or learn a secret of theirs", async () => {
    const id = await desk.user("root", "root_admin");
    const other = await desk.user("other", "root_admin");
    await desk.user("op", "gateway_admin");
    const plain = await desk.user("ada");
    const key = await desk.root.createKey({ user: id, name: "k" });
    const op = desk.as(await desk.session("op@example.com"));
    for (const attempt of [
      op.updateUser({ id, email: "mine@example.com" }),
      op.updateUser({ id, status: "inactive" }),
      op.deleteUser({ id }),
      op.updateUser({ id: plain, role: "root_admin" }),
      op.createUser({ email: "new@example.com", role: "root_admin" }),
      op.createKey({ user: id, name: "mine" }),
      op.rotateKey({ id: key.id }),
      op.updateKey({ id: key.id, name: "mine" }),
      op.revokeKey({ id: key.id }),
    ]) {
      expect(await refusalOf(attempt)).toEqual(["permission_denied", "root_admin"]);
    }
    expect(await op.updateUser({ id: plain, role: "gateway_admin" })).toMatchObject({ role: "gateway_admin" });
    const root = desk.as(await desk.session("root@example.com"));
    expect(await root.updateUser({ id: other, role: "gateway_user" })).toMatchObject({ role: "gateway_user" });
  });

  test("F96 a key of an administrator gives no role that may do more than the key, by no way round", async () => {
    const op = await desk.user("op", "gateway_admin");
    const id = await desk.user("ada");
    const scopes = ["users:read", "users:write", "keys:read", "keys:write"] as const;
    const { key } = await desk.root.createKey({ user: op, name: "sync", scopes: [...scopes] });
    const sync = desk.as(await desk.bearer(key));
    const wide = await desk.root.createKey({ user: op, name: "wide", scopes: ["budgets:write"] });
    for (const attempt of [
      sync.createUser({ email: "new@example.com" }),
      sync.updateUser({ id, role: "gateway_admin" }),
      sync.updateUser({ id, email: "mine@example.com" }),
      sync.createKey({ user: op, name: "more", scopes: ["budgets:write"] }),
      sync.rotateKey({ id: wide.id }),
    ]) {
      const [code, permission] = await refusalOf(attempt);
      expect([code, typeof permission]).toEqual(["permission_denied", "string"]);
    }
    expect(await sync.updateUser({ id, status: "inactive" })).toMatchObject({ status: "inactive" });
  });
});

test("T-41 a change whose outcome is unknown still drops what is remembered", async () => {
  const id = await desk.user("ada");
  desk.changes.length = 0;
  desk.stores.identity.updateUser = () => Promise.reject(new GatewayError("storage_failed", "Lost."));
  expect(await refusalOf(desk.root.updateUser({ id, status: "inactive" }))).toEqual(["storage_failed", undefined]);
  expect(desk.changes.map(({ subject }) => subject)).toEqual([id]);
});

test("hooks are told of every key that goes with its user, and of the user last", async () => {
  const id = await desk.user("ada");
  const [one, gone, two] = [await keyOf(id), await keyOf(id), await keyOf(id)];
  await desk.root.revokeKey({ id: gone });
  await desk.root.deleteUser({ id });
  const told = desk.stores.database
    .query<{ type: string; key: string | null }, []>(
      "SELECT type, metadata ->> 'key_id' AS key FROM event ORDER BY seq",
    )
    .all();
  expect(told.slice(-3)).toEqual([
    { type: "gateway.api_key.revoked", key: one },
    { type: "gateway.api_key.revoked", key: two },
    { type: "gateway.user.deleted", key: null },
  ]);
  expect(told.filter(({ key }) => key === gone).map(({ type }) => type)).toEqual([
    "gateway.api_key.issued",
    "gateway.api_key.revoked",
  ]);
});

const keyOf = async (user: string): Promise<string> => (await desk.root.createKey({ user, name: "k" })).id;
