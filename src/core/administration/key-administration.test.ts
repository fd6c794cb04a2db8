import { beforeEach, describe, expect, test } from "bun:test";
import { type CreateKey, issuedKeySchema, keyViewSchema } from "#core/api/api-key.ts";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import type { KeyPolicyInput } from "#core/api/key-policy.ts";
import type { KeyId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";

const nothingSettled = {
  tier: null,
  priority: null,
  best_priority: null,
  worst_priority: null,
  weight: null,
  models: null,
  requests_per_minute: null,
  tokens_per_minute: null,
  max_concurrent: null,
  tokens_per_day: null,
  tokens_per_month: null,
  quota_mode: null,
  used_today: null,
  used_this_month: null,
  day_resets_at: null,
  month_resets_at: null,
};

let desk: IdentityDesk;
beforeEach(async () => {
  desk = new IdentityDesk();
  await desk.user("ada");
  desk.changes.length = 0;
});

const create = (policy: KeyPolicyInput, more: Partial<CreateKey> = {}) =>
  desk.root.createKey({ user: "ada", name: "ci", ...policy, ...more });
const policyOf = async (id: string): Promise<KeyPolicy | undefined> =>
  (await desk.stores.identity.findKey(id as KeyId))?.policy;

describe("what is settled for a key", () => {
  test("TC-P0-TOK-001 test_token_routing: it is made with its policy, which is listed with its usage", async () => {
    const full: KeyPolicyInput = {
      tier: "partner",
      priority: 3,
      best_priority: "Urgent",
      worst_priority: "background",
      weight: 2,
      models: ["gpt-*"],
      requests_per_minute: 60,
      tokens_per_minute: 100_000,
      max_concurrent: 4,
      tokens_per_day: 10_000,
      tokens_per_month: 100_000,
      quota_mode: "soft",
    };
    const issued = await create(full);
    expect(await policyOf(issued.id)).toEqual({
      tier: "partner",
      priority: 3,
      bestPriority: 1,
      worstPriority: 9,
      weight: 2,
      models: ["gpt-*"],
      limits: {
        requestsPerMinute: 60,
        tokensPerMinute: 100_000,
        concurrent: 4,
        tokensPerDay: 10_000,
        tokensPerMonth: 100_000,
        quotaMode: "soft",
      },
    });
    const used = {
      dayStartMs: Date.UTC(2026, 10, 21),
      dayTokens: 1_000,
      monthStartMs: Date.UTC(2026, 10),
      monthTokens: 5_000,
    };
    await desk.stores.identity.saveQuotaUsage([{ keyId: issued.id as KeyId, usage: used }]);
    const shown = keyViewSchema.parse(await desk.root.findKey({ id: issued.id }));
    expect(shown).toMatchObject({ ...full, best_priority: 1, worst_priority: 9 });
    expect(shown).toMatchObject({
      used_today: 1_000,
      day_resets_at: "2026-11-22T00:00:00.000Z",
      used_this_month: 5_000,
      month_resets_at: "2026-12-01T00:00:00.000Z",
    });
    desk.clock.advance(86_400_000);
    expect(await desk.root.findKey({ id: issued.id })).toMatchObject({ used_today: 0, used_this_month: 5_000 });
  });

  test("a key without a policy shows null for all of it", async () => {
    const issued = await create({});
    expect(await policyOf(issued.id)).toBeUndefined();
    expect(await desk.root.findKey({ id: issued.id })).toMatchObject(nothingSettled);
    expect((await create({ tier: null, models: null })).tier).toBeNull();
  });

  test("a change changes what it names, null removes, and the key's id is published", async () => {
    const { id } = await create({ priority: 4, requests_per_minute: 60, tokens_per_day: 10 });
    desk.changes.length = 0;
    expect(await desk.root.updateKey({ id, priority: "Low", tokens_per_day: null })).toMatchObject({
      ...nothingSettled,
      priority: 7,
      requests_per_minute: 60,
    });
    expect(desk.changes.map(({ subject }) => subject)).toEqual([id]);
    await desk.root.updateKey({ id, priority: null, requests_per_minute: null });
    expect(await policyOf(id)).toBeUndefined();
  });

  test("changes of one key that come together all count", async () => {
    const { id } = await create({});
    const work: KeyPolicyInput[] = [
      { priority: 3 },
      { weight: 7 },
      { priority: 99 },
      { models: ["a"] },
      { tokens_per_day: 5 },
    ];
    const outcomes = await Promise.allSettled(work.map((change) => desk.root.updateKey({ id, ...change })));
    expect(outcomes.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    expect(await policyOf(id)).toEqual({ priority: 3, weight: 7, models: ["a"], limits: { tokensPerDay: 5 } });
  });

  test("a change that makes no sense is refused by name and changes nothing", async () => {
    const { id } = await create({ worst_priority: 6, weight: 2 });
    const policy = await policyOf(id);
    const wrong = desk.root.updateKey({ id, weight: 3, priority: 7 });
    expect(await refusalOf(wrong)).toEqual(["invalid_request", "priority"]);
    expect(await policyOf(id)).toEqual(policy);
  });

  test("who does not exist is not found, and a change that failed still drops what is remembered", async () => {
    for (const attempt of [
      desk.root.updateKey({ id: "key_9", priority: 1 }),
      desk.root.findKey({ id: "key_9" }),
      desk.root.rotateKey({ id: "key_9" }),
      desk.root.revokeKey({ id: "key_9" }),
      desk.root.createKey({ user: "bob", name: "x" }),
      desk.root.createKey({ user: "ada", team: "none", name: "x" }),
      desk.root.listKeys({ user: "bob" }),
    ]) {
      expect(await refusalOf(attempt)).toEqual(["not_found", undefined]);
    }
    const { id } = await create({});
    desk.changes.length = 0;
    const lost = () => Promise.reject(new GatewayError("storage_failed", "Lost."));
    Object.assign(desk.stores.identity, { updateKey: lost, revokeKey: lost });
    expect(await refusalOf(desk.root.updateKey({ id, priority: 1 }))).toEqual(["storage_failed", undefined]);
    expect(await refusalOf(desk.root.revokeKey({ id }))).toEqual(["storage_failed", undefined]);
    expect(desk.changes.map(({ subject }) => subject)).toEqual([id, id]);
  });

  test("who may revoke every key stops one though the store cannot be asked whose it is; nobody else does", async () => {
    const { id } = await create({});
    await desk.user("bob");
    const others = desk.as(await desk.session("bob@example.com"));
    desk.changes.length = 0;
    expect(await refusalOf(others.revokeKey({ id }))).toEqual(["not_found", undefined]);
    desk.stores.identity.findKey = () => Promise.reject(new GatewayError("storage_failed", "Lost."));
    expect(await refusalOf(others.revokeKey({ id }))).toEqual(["storage_failed", undefined]);
    expect(desk.changes).toEqual([]);
    expect(await refusalOf(desk.root.revokeKey({ id }))).toEqual(["storage_failed", undefined]);
    expect(desk.changes.map(({ subject }) => subject)).toEqual([id]);
  });
});

describe("a key", () => {
  test("is shown once and stored only as an HMAC", async () => {
    const issued = issuedKeySchema.parse(await create({}, { labels: ["ci", "ci", "project=search"] }));
    expect(issued).toMatchObject({
      user_id: "usr_1",
      team_id: null,
      prefix: issued.key.slice(0, 12),
      scopes: ["models:call", "models:read"],
      labels: ["ci", "project=search"],
      addresses: [],
      status: "active",
      last_used_at: null,
    });
    expect(issued.key).toMatch(/^tok_live_[0-9A-Za-z]{36}$/);
    const stored = desk.stores.database.query("SELECT * FROM api_key").all();
    expect(JSON.stringify(stored)).not.toContain(issued.key.slice(12));
    for (const shown of [await desk.root.listKeys({}), await desk.root.listAudit({})]) {
      expect(JSON.stringify(shown)).not.toContain(issued.key.slice(12));
    }
    expect(desk.changes.map(({ subject }) => subject)).toEqual([issued.id]);
  });

  test("expires in UTC, is shown as expired when that has come, and never begins expired", async () => {
    const input = { expires_at: "2026-11-28T10:30:00+01:00" };
    expect((await create({}, input)).expires_at).toBe("2026-11-28T09:30:00.000Z");
    desk.clock.advance(7 * 86_400_000);
    expect((await desk.root.listKeys({ user: "ada" })).data[0]?.status).toBe("expired");
    expect(await refusalOf(create({}, input))).toEqual(["invalid_request", "expires_at"]);
  });

  test.each<[string, object]>([
    ["user", { name: "x" }],
    ["name", { user: "ada" }],
    ["scopes.0", { user: "ada", name: "x", scopes: ["everything"] }],
    ["scopes", { user: "ada", name: "x", scopes: [] }],
    ["scopes", { user: "ada", name: "x", scopes: ["users:write"] }],
    ["labels.0", { user: "ada", name: "x", labels: ["=no"] }],
    ["addresses.1", { user: "ada", name: "x", addresses: ["10.0.0.0/8", "10.0.0.0/33"] }],
    ["expires_at", { user: "ada", name: "x", expires_at: "tomorrow" }],
    ["tenant_id", { user: "ada", name: "x", tenant_id: "usr_9" }],
    ["parent_id", { user: "ada", name: "x", parent_id: "key_9" }],
  ])("F95 with a %s that is bad or unknown is not made: %p", async (field, input) => {
    expect(await refusalOf(desk.root.createKey(input as CreateKey))).toEqual(["invalid_request", field]);
    expect((await desk.root.listKeys({})).data).toEqual([]);
  });

  test("of a team has the team as its tenant, starts from its policy, and its owner is a member", async () => {
    const { id } = await desk.root.createTeam({ name: "search", key_policy: { requests_per_minute: 60 } });
    expect(await refusalOf(create({}, { team: "search" }))).toEqual(["invalid_request", "team"]);
    await desk.root.setTeamMember({ id: "search", user: "ada" });
    const made = await create({}, { team: "search" });
    expect(made).toMatchObject({ team_id: id, requests_per_minute: 60 });
    expect(await desk.bearer(made.key)).toMatchObject({ teamId: id, tenantId: id });
    expect((await desk.root.listKeys({ team: "Search" })).data.map((key) => key.id)).toEqual([made.id]);
  });

  test("changes name, labels, addresses and end; what is not named stays", async () => {
    const { id } = await create({ priority: 3 }, { labels: ["a"], addresses: ["10.0.0.0/8"] });
    const change = { id, name: "new", labels: ["b"], expires_at: "2027-01-01T00:00:00Z" };
    expect(await desk.root.updateKey(change)).toMatchObject({
      name: "new",
      labels: ["b"],
      addresses: ["10.0.0.0/8"],
      expires_at: "2027-01-01T00:00:00.000Z",
      priority: 3,
    });
    expect(await desk.root.updateKey({ id, addresses: [], expires_at: null })).toMatchObject({
      name: "new",
      addresses: [],
      expires_at: null,
    });
    expect(await refusalOf(desk.root.updateKey({ id, addresses: ["home"] }))).toEqual([
      "invalid_request",
      "addresses.0",
    ]);
  });

  test("keeps each permission once, and takes no longer list of them than there are", async () => {
    const twice = await create({}, { scopes: ["models:call", "models:call", "models:read"] });
    expect(twice.scopes).toEqual(["models:call", "models:read"]);
    const flood = create({}, { scopes: Array.from({ length: 100 }, () => "models:call") as ["models:call"] });
    expect(await refusalOf(flood)).toEqual(["invalid_request", "scopes"]);
  });

  test("is rotated under the same id, and is not when it has ended", async () => {
    const made = await create({ priority: 3 });
    const rotated = await desk.root.rotateKey({ id: made.id, overlap_seconds: 60 });
    expect(rotated).toMatchObject({ id: made.id, priority: 3, prefix: rotated.key.slice(0, 12) });
    expect(rotated.key).not.toBe(made.key);
    expect((await desk.bearer(made.key)).expiresAtMs).toBe(desk.clock.now() + 60_000);
    expect((await desk.bearer(rotated.key)).expiresAtMs).toBeUndefined();
    await desk.root.rotateKey({ id: made.id });
    expect(await desk.root.revokeKey({ id: made.id })).toMatchObject({ status: "revoked" });
    expect(await refusalOf(desk.root.rotateKey({ id: made.id }))).toEqual(["conflict", undefined]);
    const told = desk.stores.database.query("SELECT type FROM event WHERE metadata ->> 'key_id' = ?").all(made.id);
    expect(told.map((event) => (event as { readonly type: string }).type.split(".").at(-1))).toEqual([
      "issued",
      "rotated",
      "rotated",
      "revoked",
    ]);
  });
});
