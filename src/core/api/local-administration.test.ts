import { beforeEach, describe, expect, test } from "bun:test";
import { issuedKeySchema, keyViewSchema } from "#core/api/api-key.ts";
import { LocalAdministration } from "#core/api/local-administration.ts";
import { usageLogViewSchema, usageTotalViewSchema } from "#core/api/usage.ts";
import { userViewSchema } from "#core/api/user.ts";
import type { Ids, KeyId, NodeId, RequestId, UserId } from "#core/effects/ids.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import { KeyAuthenticator } from "#core/identity/key-authenticator.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";
import { FakeLedgerStore } from "#core/ledger/fake-books.ts";
import type { UsageQuery, UsageTotal } from "#core/ledger/ledger-store.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { Levels } from "#core/admission/level.ts";
import { MemoryIdentityStore } from "#integrations/stores/memory/identity.ts";

const pepper = new Uint8Array(32).fill(3);

class RecordingIdentity extends MemoryIdentityStore {
  readonly digests: KeyDigest[] = [];

  override createKey(key: ApiKey, digest: KeyDigest): Promise<void> {
    this.digests.push(digest);
    return super.createKey(key, digest);
  }
}

class RecordingLedger extends FakeLedgerStore {
  readonly asked: (UsageQuery & { readonly limit?: number })[] = [];
  totals: UsageTotal[] = [];
  rows: LedgerRow[] = [];

  override async summary(query: UsageQuery = {}): Promise<readonly UsageTotal[]> {
    this.asked.push(query);
    return this.totals;
  }

  override async logs(query: UsageQuery & { readonly limit: number } = { limit: 0 }): Promise<readonly LedgerRow[]> {
    this.asked.push(query);
    return this.rows;
  }
}

function countingIds(): Ids {
  let count = 0;
  const next = (prefix: string): string => {
    count += 1;
    return `${prefix}_${count}`;
  };
  return {
    request: () => next("req") as RequestId,
    user: () => next("usr") as UserId,
    key: () => next("key") as KeyId,
    node: () => next("node") as NodeId,
  };
}

let identity: RecordingIdentity;
let ledger: RecordingLedger;
let clock: VirtualClock;
let feed: MemoryChangeFeed;
let published: number;
let administration: LocalAdministration;

beforeEach(() => {
  identity = new RecordingIdentity();
  ledger = new RecordingLedger();
  clock = new VirtualClock(Date.UTC(2026, 10, 20, 8, 30));
  feed = new MemoryChangeFeed();
  published = 0;
  feed.subscribe("identity.changed", () => {
    published += 1;
  });
  administration = new LocalAdministration({
    identity,
    ledger,
    ids: countingIds(),
    digest: pureDigest,
    pepper,
    random: new SequenceRandom(4),
    clock,
    feed,
    keyKind: "live",
    levels: new Levels({ count: 10, defaultLevel: 5, enabled: true, rules: [] }),
  });
});

async function failure(work: Promise<unknown>): Promise<GatewayError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error("no GatewayError was thrown");
  return error;
}

describe("users", () => {
  test("a user is a tenant alone, named after the e-mail unless told otherwise", async () => {
    const view = await administration.createUser({ email: "ada@example.com" });
    expect(userViewSchema.parse(view)).toEqual({
      id: "usr_1",
      email: "ada@example.com",
      name: "ada",
      role: "gateway_user",
      status: "active",
      created_at: "2026-11-20T08:30:00.000Z",
    });
    expect((await identity.listUsers())[0]?.tenantId as string).toBe("usr_1");
    expect(await administration.listUsers()).toEqual([view]);
    expect(published).toBe(1);
    expect((await administration.createUser({ email: "b@example.com", name: "Bob" })).name).toBe("Bob");
  });

  test("bad input is named by its field and reaches no store", async () => {
    const inputs: readonly [string, unknown][] = [
      ["email", { email: "nobody" }],
      ["email", {}],
      ["name", { email: "a@example.com", name: "" }],
      ["role", { email: "a@example.com", role: "root_admin" }],
      ["colour", { email: "a@example.com", colour: "red" }],
      ["", "text"],
    ];
    for (const [field, input] of inputs) {
      const error = await failure(administration.createUser(input as { email: string }));
      expect([error.code, error.details.field]).toEqual(["invalid_request", field]);
      expect(error.message).toContain(field === "" ? "The input" : `\`${field}\``);
    }
    expect(await identity.listUsers()).toEqual([]);
  });
});

describe("keys", () => {
  beforeEach(async () => {
    await administration.createUser({ email: "ada@example.com" });
    published = 0;
  });

  test("a key is shown once and stored only as an HMAC", async () => {
    const issued = issuedKeySchema.parse(await administration.createKey({ user: "ada", name: "laptop" }));
    expect(issued).toMatchObject({
      id: "key_2",
      user_id: "usr_1",
      name: "laptop",
      prefix: issued.key.slice(0, 12),
      scopes: ["models:call", "models:read"],
      status: "active",
      expires_at: null,
      revoked_at: null,
    });
    expect(issued.key).toMatch(/^tok_live_[0-9A-Za-z]{36}$/);
    expect(identity.digests[0]).toEqual({
      tokenHash: pureDigest.hmacSha256(pepper, new TextEncoder().encode(issued.key)),
      hashAlg: "hmac-sha256",
      pepperId: "1",
    });
    expect(JSON.stringify(await identity.listKeys())).not.toContain(issued.key.slice(12));
    expect(JSON.stringify(await administration.listKeys())).not.toContain(issued.key);
    expect(published).toBe(1);
  });

  test("a new key counts at once and a revoked one no more", async () => {
    const authenticator = new KeyAuthenticator({
      store: identity,
      storeLayer: "memory",
      digest: pureDigest,
      pepper,
      clock,
      feed,
      meter: nullMeter,
      log: silentLog,
      keysRequired: true,
      degradationMode: "disabled",
    });
    const issued = await administration.createKey({ user: "ada@example.com", name: "laptop", scopes: ["usage:read"] });
    const credentials = { presented: issued.key, fromLoopback: false };
    expect(await authenticator.authenticate(credentials)).toMatchObject({
      userId: "usr_1",
      permissions: new Set(["usage:read"]),
    });
    clock.advance(1_000);
    expect(keyViewSchema.parse(await administration.revokeKey(issued.id))).toMatchObject({
      status: "revoked",
      revoked_at: "2026-11-20T08:30:01.000Z",
    });
    expect((await failure(Promise.resolve(authenticator.authenticate(credentials)))).code).toBe("unauthenticated");
  });

  test("expiry is kept in UTC, shown when it has come, and refused when it lies in the past", async () => {
    const input = { user: "usr_1", name: "week", expires_at: "2026-11-27T09:30:00+01:00" };
    expect((await administration.createKey(input)).expires_at).toBe("2026-11-27T08:30:00.000Z");
    clock.advance(7 * 86_400_000);
    expect((await administration.listKeys("ada"))[0]?.status).toBe("expired");
    const error = await failure(administration.createKey(input));
    expect([error.code, error.details.field]).toEqual(["invalid_request", "expires_at"]);
  });

  test("whoever does not exist is named", async () => {
    const unknown = [
      administration.createKey({ user: "bob", name: "x" }),
      administration.listKeys("bob"),
      administration.revokeKey("bob"),
    ];
    for (const work of unknown) {
      const error = await failure(work);
      expect(error.code).toBe("not_found");
      expect(error.message).toContain('"bob"');
    }
  });

  test("bad input is named by its field", async () => {
    const inputs: readonly [string, object][] = [
      ["user", { name: "x" }],
      ["name", { user: "ada" }],
      ["scopes.0", { user: "ada", name: "x", scopes: ["everything"] }],
      ["scopes", { user: "ada", name: "x", scopes: [] }],
      ["expires_at", { user: "ada", name: "x", expires_at: "tomorrow" }],
    ];
    for (const [field, input] of inputs) {
      const error = await failure(administration.createKey(input as { user: string; name: string }));
      expect([error.code, error.details.field]).toEqual(["invalid_request", field]);
    }
    expect(await identity.listKeys()).toEqual([]);
  });

  test("a revocation whose outcome is unknown still drops what is remembered", async () => {
    identity.revokeKey = () => Promise.reject(new GatewayError("storage_failed", "Lost."));
    expect((await failure(administration.revokeKey("key_1"))).code).toBe("storage_failed");
    expect(published).toBe(1);
  });
});

describe("usage", () => {
  test("a summary shows exact money as text beside the dollars", async () => {
    ledger.totals = [
      {
        provider: undefined,
        model: "gpt-4o",
        requests: 3,
        failed: 1,
        aborted: 1,
        inputTokens: 10,
        cachedTokens: 5,
        outputTokens: 2,
        reasoningTokens: 1,
        costNanos: 9_007_199_254_740_993n,
        unpriced: 1,
      },
    ];
    const [view] = await administration.usageSummary({ from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00+02:00" });
    expect(usageTotalViewSchema.parse(view)).toMatchObject({
      provider: null,
      cost_usd: "9007199.254740993",
      cost_nanos: "9007199254740993",
      unpriced_requests: 1,
    });
    expect(ledger.asked).toEqual([{ fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 10, 1, 22) }]);
  });

  test("a log row shows every column, and null for what is not known", async () => {
    const chained = { nodeId: "node_1", seq: 7, prevHash: new Uint8Array(32), hash: new Uint8Array(32) };
    const { costNanos: _, userId: __, ...unpriced } = sampleEntry("req_2");
    ledger.rows = [
      { ...sampleEntry("req_1"), ...chained },
      { ...unpriced, ...chained },
    ];
    const [priced, other] = await administration.usageLogs({});
    expect(Object.keys(usageLogViewSchema.parse(priced))).toEqual(Object.keys(usageLogViewSchema.shape));
    expect(priced).toMatchObject({ request_id: "req_1", seq: 7, cost_usd: "0.000165", cost_nanos: "165000" });
    expect(usageLogViewSchema.parse(other)).toMatchObject({ cost_usd: null, cost_nanos: null, user_id: null });
    expect(ledger.asked).toEqual([{ limit: 50 }]);
  });

  test("a bad range or limit is refused by name", async () => {
    expect((await failure(administration.usageLogs({ limit: 0 }))).details.field).toBe("limit");
    expect((await failure(administration.usageLogs({ limit: 1_001 }))).details.field).toBe("limit");
    expect((await failure(administration.usageSummary({ from: "yesterday" }))).details.field).toBe("from");
  });
});
