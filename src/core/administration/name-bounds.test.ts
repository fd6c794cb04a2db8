import { beforeEach, describe, expect, test } from "bun:test";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";

let desk: IdentityDesk;
beforeEach(async () => {
  desk = new IdentityDesk();
  for (const name of ["ada", "eve"]) await desk.user(name);
  await desk.root.createTeam({ name: "search" });
  await desk.root.setTeamMember({ id: "search", user: "ada", role: "admin" });
  await desk.root.setTeamMember({ id: "search", user: "eve" });
});

const login = async (name: string) => desk.as(await desk.session(`${name}@example.com`));
const made = { user: "ada", name: "made" };
/** Whoever calls with a key of ada that makes keys. */
const maker = async (name = "maker") => {
  const { key } = await desk.root.createKey({
    user: "ada",
    name,
    scopes: ["keys:write", "models:call", "models:read"],
  });
  return desk.as(await desk.bearer(key));
};

describe("F96 names that rules by time of day go by", () => {
  const refused = ["permission_denied", "name"];

  test.each(["night-1", "bulk-1", "eve@example.com"])("none of them is given to a new key: %s", async (name) => {
    expect(await refusalOf((await login("ada")).createKey({ user: "ada", name }))).toEqual(refused);
    expect(await refusalOf((await maker()).createKey({ ...made, name }))).toEqual(refused);
    expect(await desk.root.createKey({ user: "ada", name })).toMatchObject({ name });
  });

  test("a key gets no name under which other rules hold, be they wider or narrower", async () => {
    const ada = await login("ada");
    const [plain, night] = [await ada.createKey(made), await desk.root.createKey({ user: "ada", name: "night-1" })];
    expect(await refusalOf(ada.updateKey({ id: plain.id, name: "night-2" }))).toEqual(refused);
    for (const name of ["other", "bulk-2", "eve@example.com"]) {
      expect(await refusalOf(ada.updateKey({ id: night.id, name }))).toEqual(refused);
    }
    expect(await ada.updateKey({ id: night.id, name: "night-3" })).toMatchObject({ name: "night-3" });
    expect(await ada.updateKey({ id: plain.id, name: "plainer" })).toMatchObject({ name: "plainer" });
    expect(await desk.root.updateKey({ id: night.id, name: "other" })).toMatchObject({ name: "other" });
  });

  test("a key that a rule holds for by its name makes none that it does not hold for", async () => {
    const held = await maker("bulk-1");
    for (const name of ["made", "bulk-2"]) expect(await refusalOf(held.createKey({ ...made, name }))).toEqual(refused);
  });

  test("whoever manages a team learns no secret of one whose e-mail a rule goes by, who makes keys as anybody", async () => {
    const wanted = { user: "eve", name: "made", team: "search" };
    expect(await refusalOf((await login("ada")).createKey(wanted))).toEqual(refused);
    const { id } = await (await login("eve")).createKey({ user: "eve", name: "eve@example.com" });
    const { id: ofTeam } = await desk.root.createKey(wanted);
    expect(await refusalOf((await login("ada")).rotateKey({ id: ofTeam }))).toEqual(refused);
    expect(await (await login("eve")).updateKey({ id, name: "mine" })).toMatchObject({ name: "mine" });
  });
});

test("whoever is no administrator makes no key for a user who has as many as one may have, until one has ended", async () => {
  const ada = await login("ada");
  const keys = [];
  for (let count = 0; count < 20; count += 1) keys.push(await ada.createKey({ user: "ada", name: `key ${count}` }));
  const more = ada.createKey({ user: "ada", name: "more" });
  expect(await refusalOf(more)).toEqual(["conflict", undefined]);
  await expect(more).rejects.toThrow("gateway.max_keys_per_user = 20");
  expect(await desk.root.createKey({ user: "ada", name: "by root" })).toMatchObject({ name: "by root" });
  for (const { id } of keys.slice(0, 2)) await ada.revokeKey({ id });
  expect(await ada.createKey({ user: "ada", name: "more" })).toMatchObject({ name: "more" });
  expect(await refusalOf(ada.createKey({ user: "ada", name: "yet more" }))).toEqual(["conflict", undefined]);
});
