/** What came of a key: the keys that it made, the secrets that it had, the places that it works from. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { CreateKey } from "#core/api/api-key.ts";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import type { Permission } from "#core/identity/permission.ts";

const makerScopes: [Permission, ...Permission[]] = ["keys:read", "keys:write", "models:call", "models:read"];

let desk: IdentityDesk;
beforeEach(async () => {
  desk = new IdentityDesk();
  for (const name of ["ada", "bob"]) await desk.user(name);
});

/** A key of ada that makes keys. */
const makingKey = (more: Partial<CreateKey> = {}) =>
  desk.root.createKey({ user: "ada", name: "maker", scopes: makerScopes, ...more });
const made = { user: "ada", name: "made" };

describe("F96 a key that makes keys", () => {
  test("ends together with all of them, and hooks are told of each", async () => {
    const issued = await makingKey();
    const bounded = desk.as(await desk.bearer(issued.key));
    const child = await bounded.createKey(made);
    const other = await makingKey({ name: "other" });
    await desk.root.revokeKey({ id: issued.id });
    const status = async (id: string) => (await desk.root.findKey({ id })).status;
    expect([await status(issued.id), await status(child.id), await status(other.id)]).toEqual([
      "revoked",
      "revoked",
      "active",
    ]);
    const told = desk.stores.database
      .query("SELECT metadata ->> 'key_id' AS id FROM event WHERE type = 'gateway.api_key.revoked' ORDER BY seq")
      .all();
    expect(told).toEqual([{ id: issued.id }, { id: child.id }]);
  });

  test("makes none once it was revoked, not even where it was asked before", async () => {
    const issued = await makingKey();
    const bounded = desk.as(await desk.bearer(issued.key));
    const [, late] = await Promise.allSettled([desk.root.revokeKey({ id: issued.id }), bounded.createKey(made)]);
    const left = (await desk.stores.identity.listKeys({ limit: 1_000 })).filter((key) => key.revokedAtMs === undefined);
    expect([late?.status, left]).toEqual(["rejected", []]);
  });
});

describe("F96 a key that a key of ada made for bob in their team", () => {
  let [makerId, madeId, madeKey] = ["", "", ""];
  beforeEach(async () => {
    await desk.root.createTeam({ name: "search" });
    await desk.root.setTeamMember({ id: "search", user: "ada", role: "admin" });
    await desk.root.setTeamMember({ id: "search", user: "bob" });
    const issued = await makingKey({ team: "search" });
    const made = await desk.as(await desk.bearer(issued.key)).createKey({ user: "bob", name: "b" });
    [makerId, madeId, madeKey] = [issued.id, made.id, made.key];
  });
  const told = () =>
    desk.stores.database
      .query("SELECT metadata ->> 'key_id' AS id FROM event WHERE type = 'gateway.api_key.revoked' ORDER BY seq")
      .all();

  test.each<[string, () => Promise<unknown>]>([
    ["she is erased", () => desk.root.deleteUser({ id: "ada" })],
    ["she leaves the team", () => desk.root.removeTeamMember({ id: "search", user: "ada" })],
  ])("ends when %s, and hooks are told of both", async (_, end) => {
    await end();
    const status = async (id: string) => (await desk.root.findKey({ id })).status;
    expect([await status(makerId), await status(madeId)]).toEqual(["revoked", "revoked"]);
    expect(told()).toEqual([{ id: makerId }, { id: madeId }]);
  });

  test("ends when she leaves the team, also where that key of hers is none of the team and stays", async () => {
    const own = await makingKey({ name: "own" });
    const { id } = await desk.as(await desk.bearer(own.key)).createKey({ user: "bob", team: "search", name: "b2" });
    await desk.root.removeTeamMember({ id: "search", user: "ada" });
    expect(await desk.root.findKey({ id })).toMatchObject({ status: "revoked" });
    expect(await desk.root.findKey({ id: own.id })).toMatchObject({ status: "active" });
    expect(new Set(told())).toEqual(new Set([{ id: makerId }, { id: madeId }, { id }]));
  });

  test("is known together with it", async () => {
    expect(await desk.bearer(madeKey)).toMatchObject({ parentId: makerId, parent: { keyId: makerId } });
  });
});

test("F96 a key that was made by a key learns nothing beyond what that one may do now, and renews itself all the same", async () => {
  const issued = await makingKey();
  const child = await desk.as(await desk.bearer(issued.key)).createKey({ ...made, scopes: makerScopes });
  const other = await desk.root.createKey({ user: "ada", name: "other" });
  const grown = async (key = child.key) => desk.as(await desk.bearer(key));
  for (const [field, change, back] of [
    ["models", { models: ["gpt-*"] }, { models: null }],
    ["requests_per_minute", { requests_per_minute: 1 }, { requests_per_minute: null }],
    ["addresses", { addresses: ["10.0.0.0/8"] }, { addresses: [] }],
    ["expires_at", { expires_at: "2027-01-01T00:00:00Z" }, { expires_at: null }],
  ] as const) {
    await desk.root.updateKey({ id: issued.id, ...change } as Parameters<typeof desk.root.updateKey>[0]);
    expect(await refusalOf((await grown()).rotateKey({ id: other.id }))).toEqual(["permission_denied", field]);
    await desk.root.updateKey({ id: issued.id, ...back } as Parameters<typeof desk.root.updateKey>[0]);
  }
  expect(await (await grown()).rotateKey({ id: other.id })).toMatchObject({ id: other.id });
  await desk.root.updateKey({ id: issued.id, expires_at: "2027-01-01T00:00:00Z" });
  expect(await (await grown()).rotateKey({ id: child.id })).toMatchObject({ id: child.id });
});

test("F96 a secret that was rotated away, and works on for a while, learns none that outlives it", async () => {
  const issued = await makingKey();
  const former = async () => desk.as(await desk.bearer(issued.key));
  const next = await (await former()).rotateKey({ id: issued.id, overlap_seconds: 60 });
  const renewing = (await former()).rotateKey({ id: issued.id });
  expect(await refusalOf(renewing)).toEqual(["permission_denied", "expires_at"]);
  const again = await desk.as(await desk.bearer(next.key)).rotateKey({ id: issued.id });
  expect(again.key).not.toBe(next.key);
});

test("F96 a key of an administrator makes, renews and changes keys only for where it works itself", async () => {
  const op = await desk.user("op", "gateway_admin");
  const inside = { user: op, name: "inside", scopes: makerScopes, addresses: ["10.0.0.0/8"] };
  const issued = await desk.root.createKey(inside);
  const everywhere = await desk.root.createKey({ user: op, name: "everywhere", scopes: makerScopes });
  const itself = desk.as(await desk.bearer(issued.key));
  expect(await itself.createKey({ user: "bob", name: "b" })).toMatchObject({ addresses: ["10.0.0.0/8"] });
  expect(await itself.updateKey({ id: issued.id, name: "renamed" })).toMatchObject({ name: "renamed" });
  expect(await itself.updateKey({ id: everywhere.id, name: "also" })).toMatchObject({ addresses: [] });
  for (const attempt of [
    itself.createKey({ user: "bob", name: "b", addresses: [] }),
    itself.createKey({ user: "bob", name: "b", addresses: ["0.0.0.0/0"] }),
    itself.updateKey({ id: issued.id, addresses: [] }),
    itself.rotateKey({ id: everywhere.id }),
  ]) {
    expect(await refusalOf(attempt)).toEqual(["permission_denied", "addresses"]);
  }
});
