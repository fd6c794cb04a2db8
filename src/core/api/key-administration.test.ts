import { beforeEach, describe, expect, test } from "bun:test";
import { KeyAdministration } from "#core/api/key-administration.ts";
import type { CreateKey, UpdateKey } from "#core/api/api-key.ts";
import { keyViewSchema } from "#core/api/api-key.ts";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { type Change, MemoryChangeFeed } from "#core/feed.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import { permissions } from "#core/identity/permission.ts";
import { type Principal, rootPrincipal } from "#core/identity/principal.ts";
import type { User } from "#core/identity/user.ts";
import { Levels } from "#core/admission/level.ts";
import { MemoryIdentityStore } from "#integrations/stores/memory/identity.ts";

const ada: User = {
  id: "usr_ada" as UserId,
  tenantId: "usr_ada" as TenantId,
  email: "ada@example.com",
  name: "ada",
  role: "gateway_user",
  status: "active",
  createdAtMs: 0,
};
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

let identity: MemoryIdentityStore;
let clock: VirtualClock;
let changes: Change[];
let keys: KeyAdministration;

beforeEach(async () => {
  identity = new MemoryIdentityStore();
  await identity.createUser(ada);
  clock = new VirtualClock(Date.UTC(2026, 10, 21, 12));
  changes = [];
  keys = administration(10);
});

function administration(levelCount: number): KeyAdministration {
  const feed = new MemoryChangeFeed();
  feed.subscribe("identity.changed", (change) => changes.push(change));
  let made = 0;
  return new KeyAdministration({
    identity,
    ids: { key: () => `key_${++made}` as KeyId },
    digest: pureDigest,
    pepper: new Uint8Array(32),
    random: new SequenceRandom(3),
    clock,
    feed,
    keyKind: "live",
    levels: new Levels({
      count: levelCount,
      defaultLevel: Math.floor(levelCount / 2),
      enabled: true,
      rules: [{ pattern: "vip-*", level: 0 }],
    }),
  });
}

const create = (policy: UpdateKey, maker: Principal = rootPrincipal, more: Partial<CreateKey> = {}) =>
  keys.create(ada, { name: "ci", ...policy, ...(more as object) }, maker);
const policyOf = async (id: string): Promise<KeyPolicy | undefined> => (await identity.findKey(id as KeyId))?.policy;

async function failure(work: Promise<unknown>): Promise<GatewayError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw new Error("no GatewayError was thrown");
}

describe("what is settled for a key", () => {
  test("TC-P0-TOK-001 test_token_routing: it is made with its policy, which is listed with its usage", async () => {
    const full: UpdateKey = {
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
    await identity.saveQuotaUsage([{ keyId: issued.id as KeyId, usage: used }]);
    const shown = keyViewSchema.parse(await keys.find(issued.id));
    expect(shown).toMatchObject({ ...full, best_priority: 1, worst_priority: 9 });
    expect(shown).toMatchObject({
      used_today: 1_000,
      day_resets_at: "2026-11-22T00:00:00.000Z",
      used_this_month: 5_000,
      month_resets_at: "2026-12-01T00:00:00.000Z",
    });
    clock.advance(86_400_000);
    expect(await keys.find(issued.id)).toMatchObject({ used_today: 0, used_this_month: 5_000 });
  });

  test("a key without a policy shows null for all of it", async () => {
    const issued = await create({});
    expect(await policyOf(issued.id)).toBeUndefined();
    expect(await keys.find(issued.id)).toMatchObject(nothingSettled);
    expect((await create({ tier: null, models: null })).tier).toBeNull();
  });

  test("a change changes what it names, null removes, and the key's id is published", async () => {
    const { id } = await create({ priority: 4, requests_per_minute: 60, tokens_per_day: 10 });
    changes = [];
    expect(await keys.update(id, { priority: "Low", tokens_per_day: null }, rootPrincipal)).toMatchObject({
      ...nothingSettled,
      priority: 7,
      requests_per_minute: 60,
    });
    expect(changes.map(({ subject }) => subject)).toEqual([id]);
    await keys.update(id, { priority: null, requests_per_minute: null }, rootPrincipal);
    expect(await policyOf(id)).toBeUndefined();
  });

  test("changes of one key that come together all count", async () => {
    const { id } = await create({});
    const work: UpdateKey[] = [
      { priority: 3 },
      { weight: 7 },
      { priority: 99 },
      { models: ["a"] },
      { tokens_per_day: 5 },
    ];
    const outcomes = await Promise.allSettled(work.map((change) => keys.update(id, change, rootPrincipal)));
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
    const error = await failure(keys.update(id, { weight: 3, priority: 7 }, rootPrincipal));
    expect([error.code, error.details.field]).toEqual(["invalid_request", "priority"]);
    expect(await policyOf(id)).toEqual(policy);
  });

  test("who does not exist is not found, and a change that failed still drops what is remembered", async () => {
    expect((await failure(keys.update("key_9", { priority: 1 }, rootPrincipal))).code).toBe("not_found");
    expect((await failure(keys.find("key_9"))).code).toBe("not_found");
    const { id } = await create({});
    changes = [];
    identity.updateKeyPolicy = () => Promise.reject(new GatewayError("storage_failed", "Lost."));
    expect((await failure(keys.update(id, { priority: 1 }, rootPrincipal))).code).toBe("storage_failed");
    expect(changes.map(({ subject }) => subject)).toEqual([id]);
  });
});

describe("a key with a policy gives away no more than it has", () => {
  const maker = (policy?: KeyPolicy): Principal => ({
    kind: "key",
    tenantId: ada.tenantId,
    userId: ada.id,
    keyId: "key_maker" as KeyId,
    permissions: new Set(permissions),
    names: { key: "maker", user: "ops@example.com" },
    ...(policy === undefined ? {} : { policy }),
  });

  test("it makes no key that outlives it: without a word on it the new one ends with it", async () => {
    const untilMs = clock.now() + 86_400_000;
    const brief = { ...maker(), expiresAtMs: untilMs };
    expect((await keys.create(ada, { name: "ci" }, brief)).expires_at).toBe(new Date(untilMs).toISOString());
    const later = new Date(untilMs + 1).toISOString();
    const refused = await failure(keys.create(ada, { name: "ci", expires_at: later }, brief));
    expect([refused.code, refused.details.field]).toEqual(["permission_denied", "expires_at"]);
  });
  const own: KeyPolicy = {
    priority: 6,
    bestPriority: 4,
    weight: 2,
    models: ["gpt-*", "claude-opus"],
    limits: { requestsPerMinute: 60, tokensPerMinute: 600, concurrent: 4, tokensPerDay: 100, tokensPerMonth: 1_000 },
  };

  test("a new key starts from its maker's policy", async () => {
    expect(await policyOf((await create({}, maker(own))).id)).toEqual(own);
    const less = await create(
      { tier: "bulk", models: ["gpt-4*"], requests_per_minute: 5, best_priority: 5 },
      maker(own),
    );
    const { priority: _, ...rest } = own;
    expect(await policyOf(less.id)).toEqual({
      ...rest,
      tier: "bulk",
      bestPriority: 5,
      models: ["gpt-4*"],
      limits: { ...own.limits, requestsPerMinute: 5 },
    });
  });

  test("what goes beyond is neither made nor settled for another key", async () => {
    const { id } = await create({}, maker(own));
    for (const change of [{ requests_per_minute: 61 }, { requests_per_minute: null }]) {
      for (const work of [create(change, maker(own)), keys.update(id, change, maker(own))]) {
        const error = await failure(work);
        expect([error.code, error.details.field]).toEqual(["permission_denied", "requests_per_minute"]);
      }
    }
    expect(await identity.listKeys()).toHaveLength(1);
    expect(await policyOf(id)).toEqual(own);
  });

  test("it cannot lift a key beyond itself by a name that a rule prefers", async () => {
    const bounded = maker({ limits: { concurrent: 1 } });
    const work = keys.create(ada, { name: "vip-1", max_concurrent: 1 }, bounded);
    expect((await failure(work)).details.field).toBe("best_priority");
    expect(await create({ max_concurrent: 1 }, bounded)).toMatchObject({ max_concurrent: 1 });
  });

  test("nor more permissions than it has, policy or not", async () => {
    const bounded: Principal = { ...maker(), permissions: new Set(["keys:write", "usage:read"]) };
    for (const scopes of [undefined, ["users:write"], ["usage:read", "metrics:read"]] as const) {
      const wanted = { name: "ci", ...(scopes === undefined ? {} : { scopes: [...scopes] as ["users:write"] }) };
      expect((await failure(keys.create(ada, wanted, bounded))).code).toBe("permission_denied");
    }
    expect(await identity.listKeys()).toEqual([]);
    expect(await keys.create(ada, { name: "ci", scopes: ["usage:read"] }, bounded)).toMatchObject({ name: "ci" });
  });

  test("a key without a policy may settle anything", async () => {
    expect(await create({ best_priority: 0, priority: 0, weight: 1_000 }, maker())).toMatchObject({ priority: 0 });
  });
});
