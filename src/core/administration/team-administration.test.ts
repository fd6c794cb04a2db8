import { beforeEach, expect, test } from "bun:test";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import { teamViewSchema } from "#core/api/team.ts";

let desk: IdentityDesk;
beforeEach(async () => {
  desk = new IdentityDesk();
  for (const name of ["ada", "bob", "eve"]) await desk.user(name);
});

const login = async (name: string) => desk.as(await desk.session(`${name}@example.com`));

/** Teams `search`, which ada manages and bob is in, and `ads`, which eve manages. */
async function twoTeams(): Promise<void> {
  for (const [name, manager] of [
    ["search", "ada"],
    ["ads", "eve"],
  ] as const) {
    await desk.root.createTeam({ name });
    await desk.root.setTeamMember({ id: name, user: manager, role: "admin" });
  }
  await desk.root.setTeamMember({ id: "search", user: "bob" });
}

test("a team is made with a policy for its keys, found by id and name, changed and removed", async () => {
  const made = await desk.root.createTeam({ name: "Search", key_policy: { requests_per_minute: 60, priority: "Low" } });
  expect(teamViewSchema.parse(made)).toMatchObject({
    name: "Search",
    key_policy: { requests_per_minute: 60, priority: 7, models: null },
    members: 0,
  });
  expect(await desk.root.findTeam({ id: "SEARCH" })).toEqual(made);
  const changed = await desk.root.updateTeam({ id: "search", name: "Find", key_policy: { requests_per_minute: 30 } });
  expect(changed).toMatchObject({ name: "Find", key_policy: { requests_per_minute: 30, priority: 7 } });
  expect((await desk.root.updateTeam({ id: made.id, key_policy: null })).key_policy).toBeNull();
  expect(await desk.root.deleteTeam({ id: "find" })).toMatchObject({ id: made.id });
  expect(await refusalOf(desk.root.findTeam({ id: made.id }))).toEqual(["not_found", undefined]);
  const actions = (await desk.root.listAudit({ target: made.id })).data.map(({ action }) => action);
  expect(actions).toEqual(["deleteTeam", "updateTeam", "updateTeam", "createTeam"]);
});

test("names that are taken or make no sense are refused", async () => {
  await desk.root.createTeam({ name: "Search" });
  expect(await refusalOf(desk.root.createTeam({ name: "SEARCH" }))).toEqual(["conflict", undefined]);
  expect(await refusalOf(desk.root.createTeam({ name: " x" }))).toEqual(["invalid_request", "name"]);
  const wrong = desk.root.createTeam({ name: "x", key_policy: { priority: 11 } });
  expect(await refusalOf(wrong)).toEqual(["invalid_request", "priority"]);
});

test("an admin of a team manages its members, and nothing else of it", async () => {
  await twoTeams();
  const ada = await login("ada");
  expect((await ada.listTeamMembers({ id: "search" })).data.map(({ name, role }) => [name, role])).toEqual([
    ["ada", "admin"],
    ["bob", "member"],
  ]);
  expect(await ada.setTeamMember({ id: "search", user: "eve@example.com", role: "admin" })).toMatchObject({
    email: "eve@example.com",
    role: "admin",
  });
  expect(await ada.setTeamMember({ id: "search", user: "eve" })).toMatchObject({ role: "member" });
  expect(await ada.removeTeamMember({ id: "search", user: "eve" })).toMatchObject({ name: "eve" });
  expect(desk.changes.at(-1)?.subject).toBe("usr_5");
  for (const attempt of [
    ada.createTeam({ name: "mine" }),
    ada.updateTeam({ id: "search", key_policy: { requests_per_minute: 1 } }),
    ada.updateTeam({ id: "search", name: "mine" }),
    ada.deleteTeam({ id: "search" }),
  ]) {
    expect(await refusalOf(attempt)).toEqual(["permission_denied", undefined]);
  }
});

test("an overheard id or name is turned into nobody's address", async () => {
  await twoTeams();
  const ada = await login("ada");
  for (const who of ["usr_5", "eve", "nobody@example.com"]) {
    const attempt = ada.setTeamMember({ id: "search", user: who });
    expect(await refusalOf(attempt)).toEqual(["not_found", undefined]);
  }
});

test("F94 a foreign team does not exist, whatever is asked of it; a member sees its team and no more", async () => {
  await twoTeams();
  const [ada, bob] = [await login("ada"), await login("bob")];
  expect((await ada.listTeams({})).data.map(({ name }) => name)).toEqual(["search"]);
  expect((await bob.listTeams({})).data.map(({ name }) => name)).toEqual(["search"]);
  for (const id of ["ads", (await desk.root.findTeam({ id: "ads" })).id, "team_none"]) {
    for (const attempt of [
      ada.findTeam({ id }),
      ada.updateTeam({ id, name: "mine" }),
      ada.deleteTeam({ id }),
      ada.listTeamMembers({ id }),
      ada.setTeamMember({ id, user: "ada@example.com", role: "admin" }),
      ada.removeTeamMember({ id, user: "eve" }),
      ada.listKeys({ team: id }),
    ]) {
      expect(await refusalOf(attempt)).toEqual(["not_found", undefined]);
    }
  }
  expect(await bob.findTeam({ id: "search" })).toMatchObject({ members: 2 });
  for (const attempt of [
    bob.listTeamMembers({ id: "search" }),
    bob.setTeamMember({ id: "search", user: "bob@example.com", role: "admin" }),
  ]) {
    expect(await refusalOf(attempt)).toEqual(["permission_denied", undefined]);
  }
});

test("who leaves a team loses the keys in it, and hooks are told of each", async () => {
  await twoTeams();
  const inside = await desk.root.createKey({ user: "bob", team: "search", name: "inside" });
  const outside = await desk.root.createKey({ user: "bob", name: "outside" });
  await desk.root.removeTeamMember({ id: "search", user: "bob" });
  const statuses = await Promise.all([inside, outside].map(async ({ id }) => (await desk.root.findKey({ id })).status));
  expect(statuses).toEqual(["revoked", "active"]);
  const told = desk.stores.database
    .query("SELECT metadata ->> 'key_id' AS id FROM event WHERE type = 'gateway.api_key.revoked'")
    .all();
  expect(told).toEqual([{ id: inside.id }]);
});

test("F96 a root administrator leaves a team by no hand but another's, since the keys in it would end", async () => {
  await twoTeams();
  await desk.user("root", "root_admin");
  await desk.user("op", "gateway_admin");
  await desk.root.setTeamMember({ id: "search", user: "root" });
  const { id } = await desk.root.createKey({ user: "root", team: "search", name: "k" });
  for (const name of ["ada", "op"]) {
    const attempt = (await login(name)).removeTeamMember({ id: "search", user: "root" });
    expect(await refusalOf(attempt)).toEqual(["permission_denied", "root_admin"]);
  }
  expect(await desk.root.findKey({ id })).toMatchObject({ status: "active" });
  expect(await (await login("root")).removeTeamMember({ id: "search", user: "root" })).toMatchObject({ name: "root" });
});

test("F96 a key makes nobody an admin of a team who then may do more there than the key", async () => {
  await twoTeams();
  const { key } = await desk.root.createKey({ user: "ada", name: "k", scopes: ["teams:read", "teams:write"] });
  const sync = desk.as(await desk.bearer(key));
  expect(await sync.setTeamMember({ id: "search", user: "bob" })).toMatchObject({ role: "member" });
  const attempt = sync.setTeamMember({ id: "search", user: "bob", role: "admin" });
  const [code, permission] = await refusalOf(attempt);
  expect([code, typeof permission]).toEqual(["permission_denied", "string"]);
});

test("a team with keys that work is not removed", async () => {
  await twoTeams();
  const { id } = await desk.root.createKey({ user: "bob", team: "search", name: "k" });
  expect(await refusalOf(desk.root.deleteTeam({ id: "search" }))).toEqual(["conflict", undefined]);
  await desk.root.revokeKey({ id });
  expect(await desk.root.deleteTeam({ id: "search" })).toMatchObject({ name: "search" });
});
