import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { CreateKey, UpdateKey } from "#core/api/api-key.ts";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import type { KeyPolicyInput } from "#core/api/key-policy.ts";
import type { Permission } from "#core/identity/permission.ts";

const seed = Number(Bun.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const makerScopes: [Permission, ...Permission[]] = ["keys:read", "keys:write", "models:call", "models:read"];
const own: KeyPolicyInput = {
  priority: 6,
  best_priority: 4,
  weight: 2,
  models: ["gpt-*", "claude-opus"],
  requests_per_minute: 60,
  max_concurrent: 4,
  tokens_per_day: 100,
};

let desk: IdentityDesk;
beforeEach(async () => {
  desk = new IdentityDesk();
  for (const name of ["ada", "bob", "eve", "boss"]) await desk.user(name);
  await desk.root.createTeam({ name: "search", key_policy: { requests_per_minute: 30, models: ["gpt-*"] } });
  await desk.root.setTeamMember({ id: "search", user: "ada", role: "admin" });
  await desk.root.setTeamMember({ id: "search", user: "bob" });
});

const login = async (name: string) => desk.as(await desk.session(`${name}@example.com`));
/** A key of ada that makes keys. */
const makingKey = (policy: KeyPolicyInput, more: Partial<CreateKey> = {}) =>
  desk.root.createKey({ user: "ada", name: "maker", scopes: makerScopes, ...policy, ...more });
const maker = async (policy: KeyPolicyInput = own, more: Partial<CreateKey> = {}) =>
  desk.as(await desk.bearer((await makingKey(policy, more)).key));
const made = { user: "ada", name: "made" };

describe("F96 a key", () => {
  test("makes keys that start from its own policy, end, labels and addresses", async () => {
    const ends = { expires_at: "2027-01-01T00:00:00.000Z", labels: ["ci"], addresses: ["10.0.0.0/8"] };
    const child = await (await maker(own, ends)).createKey({ ...made, labels: ["more"] });
    expect(child).toMatchObject({ ...own, ...ends, labels: ["ci", "more"] });
    const less = { tier: "bulk" as const, models: ["gpt-4*"], best_priority: 5, requests_per_minute: 1 };
    const other = await (await maker(own)).createKey({ ...made, ...less });
    expect(other).toMatchObject({ ...own, ...less, priority: null });
  });

  test.each<[string, Partial<CreateKey>]>([
    ["requests_per_minute", { requests_per_minute: 61 }],
    ["requests_per_minute", { requests_per_minute: null }],
    ["models", { models: ["*"] }],
    ["weight", { weight: 3 }],
    ["best_priority", { best_priority: 3 }],
    ["best_priority", { name: "vip-1", priority: null, best_priority: null }],
    ["expires_at", { expires_at: "2027-01-01T00:00:00.001Z" }],
    ["addresses", { addresses: ["10.0.0.0/7"] }],
    ["addresses", { addresses: [] }],
    ["usage:read", { scopes: ["usage:read"] }],
  ])("makes none that goes beyond its own %s: %p", async (field, wanted) => {
    const ends = { expires_at: "2027-01-01T00:00:00.000Z", addresses: ["10.0.0.0/8"] };
    const bounded = await maker(own, ends);
    const attempt = bounded.createKey({ ...made, ...wanted });
    expect(await refusalOf(attempt)).toEqual(["permission_denied", field]);
    expect((await desk.root.listKeys({})).data).toHaveLength(1);
  });

  test("of a team makes keys of that team alone", async () => {
    await desk.root.createTeam({ name: "ads" });
    await desk.root.setTeamMember({ id: "ads", user: "ada", role: "admin" });
    const bounded = await maker({ requests_per_minute: 10 }, { team: "search" });
    expect(await bounded.createKey(made)).toMatchObject({ team_id: (await desk.root.findTeam({ id: "search" })).id });
    const elsewhere = bounded.createKey({ ...made, team: "ads" });
    expect(await refusalOf(elsewhere)).toEqual(["permission_denied", "team"]);
  });

  test("without a policy is not free: what everybody has is all it gives", async () => {
    const plain = await maker({});
    for (const [field, wanted] of [
      ["weight", { weight: 1_000 }],
      ["best_priority", { best_priority: 0 }],
    ] as const) {
      expect(await refusalOf(plain.createKey({ ...made, ...wanted }))).toEqual(["permission_denied", field]);
    }
    expect(await plain.createKey(made)).toMatchObject({ name: "made" });
  });

  test("that was made by a key makes none itself", async () => {
    const child = await (await maker(own)).createKey({ ...made, scopes: makerScopes });
    const grown = desk.as(await desk.bearer(child.key));
    expect(await refusalOf(grown.createKey(made))).toEqual(["permission_denied", undefined]);
    expect(await desk.bearer(child.key)).toMatchObject({ parentId: expect.stringMatching(/^key_/) });
  });

  test("changes itself and others to less, never to more", async () => {
    const issued = await makingKey(own, { labels: ["ci"], addresses: ["10.0.0.0/8"] });
    const itself = desk.as(await desk.bearer(issued.key));
    const more: readonly [string, UpdateKey][] = [
      ["requests_per_minute", { requests_per_minute: null }],
      ["best_priority", { priority: 0, best_priority: null }],
      ["best_priority", { name: "vip-1", priority: null, best_priority: null }],
      ["models", { models: null }],
      ["labels", { labels: [] }],
      ["addresses", { addresses: [] }],
    ];
    for (const [field, change] of more) {
      expect(await refusalOf(itself.updateKey({ id: issued.id, ...change }))).toEqual(["permission_denied", field]);
    }
    const less = { requests_per_minute: 5, labels: ["ci", "slow"], addresses: ["10.1.0.0/16"] };
    const changed = await itself.updateKey({ id: issued.id, ...less, expires_at: "2027-01-01T00:00:00Z" });
    expect(changed).toMatchObject(less);
    const longer = itself.updateKey({ id: issued.id, expires_at: null });
    expect(await refusalOf(longer)).toEqual(["permission_denied", "expires_at"]);
  });

  test("learns no secret of a key that may do more than it", async () => {
    const bounded = await maker(own);
    const free = await desk.root.createKey({ user: "ada", name: "free" });
    const wide = await desk.root.createKey({ user: "ada", name: "wide", scopes: ["usage:read"], ...own });
    expect(await refusalOf(bounded.rotateKey({ id: free.id }))).toEqual(["permission_denied", "models"]);
    expect(await refusalOf(bounded.rotateKey({ id: wide.id }))).toEqual(["permission_denied", "usage:read"]);
    const child = await bounded.createKey(made);
    expect((await bounded.rotateKey({ id: child.id })).key).not.toBe(child.key);
  });
});

describe("F96 a user who logged in", () => {
  test("makes its own keys within what everybody has, or within its team's policy", async () => {
    const ada = await login("ada");
    expect(await ada.createKey(made)).toMatchObject({ requests_per_minute: null });
    expect(await refusalOf(ada.createKey({ ...made, priority: 0 }))).toEqual(["permission_denied", "best_priority"]);
    const team = await ada.createKey({ ...made, team: "search" });
    expect(team).toMatchObject({ requests_per_minute: 30, models: ["gpt-*"] });
    const over = ada.createKey({ ...made, team: "search", requests_per_minute: 31 });
    expect(await refusalOf(over)).toEqual(["permission_denied", "requests_per_minute"]);
    const root = await desk.root.createKey({ ...made, team: "search", requests_per_minute: 31, priority: 0 });
    expect(root).toMatchObject({ requests_per_minute: 31, priority: 0 });
  });

  test("is preferred by a rule for its own e-mail, and lends that to nobody", async () => {
    expect(await (await login("boss")).createKey({ user: "boss", name: "mine", priority: 1 })).toMatchObject({
      priority: 1,
    });
    await desk.root.setTeamMember({ id: "search", user: "boss" });
    const lent = (await login("ada")).createKey({ user: "boss", team: "search", name: "lent" });
    expect(await refusalOf(lent)).toEqual(["permission_denied", "best_priority"]);
  });

  test("makes, as admin of a team, keys of its members that call models and nothing else", async () => {
    const ada = await login("ada");
    expect(await ada.createKey({ user: "bob", team: "search", name: "b" })).toMatchObject({ name: "b" });
    const scopes: Permission[] = ["models:call", "usage:read"];
    const wider = ada.createKey({ user: "bob", team: "search", name: "b", scopes: scopes as [Permission] });
    expect(await refusalOf(wider)).toEqual(["permission_denied", "usage:read"]);
    for (const attempt of [
      ada.createKey({ user: "bob", name: "b" }),
      ada.createKey({ user: "eve", name: "e" }),
      ada.createKey({ user: "eve", team: "search", name: "e" }),
    ]) {
      expect(await refusalOf(attempt)).toEqual(["not_found", undefined]);
    }
  });

  test("takes a new secret for its own key as it was given, and for a member's within the team's policy", async () => {
    const given = await desk.root.createKey({ user: "ada", name: "given", priority: 0, scopes: makerScopes });
    const ada = await login("ada");
    expect(await ada.rotateKey({ id: given.id })).toMatchObject({ id: given.id, priority: 0 });
    const mate = await desk.root.createKey({ user: "bob", team: "search", name: "fast", requests_per_minute: 99 });
    const learning = ada.rotateKey({ id: mate.id });
    expect(await refusalOf(learning)).toEqual(["permission_denied", "requests_per_minute"]);
    expect(await ada.revokeKey({ id: mate.id })).toMatchObject({ status: "revoked" });
  });
});

test("F94 keys that are not in sight do not exist, whatever is asked of them", async () => {
  const foreign = await desk.root.createKey({ user: "eve", name: "e" });
  const mates = await desk.root.createKey({ user: "bob", name: "private" });
  const shared = await desk.root.createKey({ user: "bob", team: "search", name: "shared" });
  const ada = await login("ada");
  for (const { id } of [foreign, mates]) {
    for (const attempt of [
      ada.findKey({ id }),
      ada.updateKey({ id, name: "mine" }),
      ada.rotateKey({ id }),
      ada.revokeKey({ id }),
    ]) {
      expect(await refusalOf(attempt)).toEqual(["not_found", undefined]);
    }
  }
  expect((await ada.listKeys({})).data.map(({ id }) => id)).toEqual([shared.id]);
  expect((await ada.listKeys({ user: "bob" })).data.map(({ id }) => id)).toEqual([shared.id]);
  expect(await refusalOf(ada.listKeys({ cursor: foreign.id }))).toEqual(["invalid_request", "cursor"]);
  for (const user of ["eve", "boss", "usr_none"]) {
    expect(await refusalOf(ada.listKeys({ user }))).toEqual(["not_found", undefined]);
  }
  expect((await (await login("bob")).listKeys({})).data).toHaveLength(2);
});

test(`F96 whatever is asked in whatever order, no key of a key has more than it (seed ${seed})`, async () => {
  const wish = fc.record(
    {
      requests_per_minute: fc.option(fc.integer({ min: 1, max: 80 })),
      max_concurrent: fc.option(fc.integer({ min: 1, max: 6 })),
      weight: fc.option(fc.integer({ min: 1, max: 4 })),
      priority: fc.option(fc.integer({ min: 0, max: 9 })),
      models: fc.option(fc.constantFrom<[string]>(["gpt-4"], ["gpt-*"], ["*"])),
      revoke: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 12 }), async (wishes) => {
      const bounded = await maker(own, { name: `maker ${desk.changes.length}` });
      const parentId = (await desk.root.listKeys({ limit: 1_000 })).data.at(-1)?.id;
      for (const { revoke = false, ...wanted } of wishes) {
        const child = await bounded.createKey({ ...made, tokens_per_day: 1, ...wanted }).catch(() => undefined);
        if (revoke && child !== undefined) await bounded.revokeKey({ id: child.id });
        if (child !== undefined)
          await bounded.updateKey({ id: child.id, requests_per_minute: 80 }).catch(() => undefined);
      }
      const keys = await desk.stores.identity.listKeys({ limit: 1_000 });
      const living = keys.filter((key) => key.parentId === parentId && key.revokedAtMs === undefined);
      for (const { policy } of living) {
        expect(policy?.limits.requestsPerMinute).toBeLessThanOrEqual(60);
        expect(policy?.limits.concurrent).toBeLessThanOrEqual(4);
        expect(policy?.weight ?? 1).toBeLessThanOrEqual(2);
        expect(policy?.models).not.toContain("*");
        expect(policy?.bestPriority ?? policy?.priority ?? 5).toBeGreaterThanOrEqual(4);
      }
    }),
    { seed, numRuns: 25 },
  );
});
