import { beforeEach, describe, expect, test } from "bun:test";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { IdentityStore, KeyOwner } from "#core/identity/identity-store.ts";
import { KeyAuthenticator } from "#core/identity/key-authenticator.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { createKeyText } from "#core/identity/key-format.ts";
import { localPrincipal, type Principal } from "#core/identity/principal.ts";
import type { User } from "#core/identity/user.ts";

const pepper = new Uint8Array(32).fill(1);
const key = createKeyText(pureDigest, new SequenceRandom(1), "live");
const user: User = {
  id: "usr_1" as UserId,
  tenantId: "usr_1" as TenantId,
  email: "ada@example.com",
  name: "ada",
  role: "gateway_user",
  status: "active",
  createdAtMs: 0,
};
const apiKey: ApiKey = {
  id: "key_1" as KeyId,
  userId: user.id,
  tenantId: user.tenantId,
  name: "laptop",
  prefix: key.slice(0, 12),
  scopes: ["models:call"],
  createdAtMs: 0,
};

let clock: VirtualClock;
let feed: MemoryChangeFeed;
let meter: RecordingMeter;
let lookups: number;
let answer: () => Promise<KeyOwner | undefined>;

beforeEach(() => {
  clock = new VirtualClock();
  feed = new MemoryChangeFeed();
  meter = new RecordingMeter();
  lookups = 0;
  answer = async () => ({ key: apiKey, user });
});

function authenticator(keysRequired: boolean): KeyAuthenticator {
  const findKeyByHash: IdentityStore["findKeyByHash"] = async (tokenHash) => {
    lookups += 1;
    return pureDigest.equal(tokenHash, hashKeyText(pureDigest, pepper, key)) ? answer() : undefined;
  };
  const store = { findKeyByHash } as IdentityStore;
  return new KeyAuthenticator({
    store,
    storeLayer: "sqlite",
    digest: pureDigest,
    pepper,
    clock,
    feed,
    meter,
    keysRequired,
  });
}

async function outcome(
  subject: KeyAuthenticator,
  presented: string | undefined,
  fromLoopback = true,
): Promise<Principal | string> {
  try {
    return await subject.authenticate({ presented, fromLoopback });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const refused = "unauthenticated: The API key is not valid.";

describe("where keys are required", () => {
  test("a good key becomes its owner with the key's scopes", async () => {
    expect(await outcome(authenticator(true), key, false)).toEqual({
      kind: "key",
      tenantId: user.tenantId,
      userId: user.id,
      keyId: apiKey.id,
      permissions: new Set(["models:call"]),
    });
  });

  test("no key is told how to send one", async () => {
    const subject = authenticator(true);
    expect(await outcome(subject, undefined)).toContain("Authorization: Bearer");
    expect(await outcome(subject, "")).toContain("unauthenticated: No API key");
    expect(lookups).toBe(0);
  });

  test("foreign and malformed keys are refused alike and never reach the store", async () => {
    const subject = authenticator(true);
    const wrong = ["sk-something", `${key.slice(0, -1)}~`, "tok_", `tok_live_${"a".repeat(10_240)}`, "tоk_live_x"];
    for (const presented of wrong) expect(await outcome(subject, presented)).toBe(refused);
    expect(lookups).toBe(0);
  });

  test("unknown, revoked, expired and ownerless keys are refused with the same words", async () => {
    const answers: (KeyOwner | undefined)[] = [
      undefined,
      { key: { ...apiKey, revokedAtMs: 1 }, user },
      { key: { ...apiKey, expiresAtMs: clock.now() }, user },
      { key: apiKey, user: { ...user, status: "inactive" } },
    ];
    for (const given of answers) {
      answer = async () => given;
      expect(await outcome(authenticator(true), key)).toBe(refused);
    }
  });

  test("a storage failure is not a refusal, and is not remembered", async () => {
    const subject = authenticator(true);
    answer = () => Promise.reject(new GatewayError("storage_failed", "The database does not answer."));
    expect(await outcome(subject, key)).toStartWith("storage_failed");
    answer = async () => ({ key: apiKey, user });
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    expect(meter.value("tokligence_token_lookup_total", "sqlite", "error")).toBe(1);
    expect(meter.value("tokligence_auth_attempts_total", "key", "error")).toBe(1);
  });
});

describe("where no key is needed", () => {
  test("none and any foreign string are the local principal, from loopback only", async () => {
    const subject = authenticator(false);
    for (const presented of [undefined, "", "sk-dummy", "x".repeat(5_000)]) {
      expect(await outcome(subject, presented)).toBe(localPrincipal);
      expect(await outcome(subject, presented, false)).toStartWith("unauthenticated");
    }
    expect(lookups).toBe(0);
  });

  test("a key of our own format is verified and attributed, and a bad one refused", async () => {
    const subject = authenticator(false);
    expect(await outcome(subject, key)).toMatchObject({ kind: "key", keyId: apiKey.id });
    expect(await outcome(subject, createKeyText(pureDigest, new SequenceRandom(9), "live"))).toBe(refused);
    expect(await outcome(subject, "tok_live_oops")).toBe(refused);
  });

  test("the local principal can neither make users nor keys", () => {
    expect(localPrincipal.permissions.has("models:call")).toBe(true);
    expect(localPrincipal.permissions.has("users:write")).toBe(false);
    expect(localPrincipal.permissions.has("keys:write")).toBe(false);
  });
});

describe("what is remembered", () => {
  test("a known key answers at once and asks the store once", async () => {
    const subject = authenticator(true);
    await outcome(subject, key);
    expect(subject.authenticate({ presented: key, fromLoopback: false })).not.toBeInstanceOf(Promise);
    expect(lookups).toBe(1);
    expect(meter.value("tokligence_token_lookup_total", "lru", "hit")).toBe(1);
    expect(meter.value("tokligence_token_lookup_total", "sqlite", "hit")).toBe(1);
    expect(meter.value("tokligence_auth_attempts_total", "key", "ok")).toBe(2);
  });

  test("callers that come together share one lookup", async () => {
    const subject = authenticator(true);
    const principals = await Promise.all(Array.from({ length: 20 }, () => outcome(subject, key)));
    expect(new Set(principals).size).toBe(1);
    expect(lookups).toBe(1);
  });

  test("a remembered key expires on time", async () => {
    answer = async () => ({ key: { ...apiKey, expiresAtMs: clock.now() + 1_000 }, user });
    const subject = authenticator(true);
    expect(await outcome(subject, key)).toMatchObject({ kind: "key" });
    clock.advance(999);
    expect(await outcome(subject, key)).toMatchObject({ kind: "key" });
    clock.advance(1);
    expect(await outcome(subject, key)).toBe(refused);
  });

  test("an unknown key is remembered for a moment only", async () => {
    answer = async () => undefined;
    const subject = authenticator(true);
    for (let call = 0; call < 5; call += 1) expect(await outcome(subject, key)).toBe(refused);
    expect(lookups).toBe(1);
    clock.advance(2_000);
    await outcome(subject, key);
    expect(lookups).toBe(2);
  });

  test("a change of identity counts at once, for known and unknown keys", async () => {
    const subject = authenticator(true);
    await outcome(subject, key);
    answer = async () => ({ key: { ...apiKey, revokedAtMs: 1 }, user });
    feed.publish("identity.changed");
    expect(await outcome(subject, key)).toBe(refused);
    answer = async () => ({ key: apiKey, user });
    feed.publish("identity.changed");
    expect(await outcome(subject, key)).toMatchObject({ kind: "key" });
  });

  test("an answer that was under way during a change is neither remembered nor shared", async () => {
    const subject = authenticator(true);
    const stale = Promise.withResolvers<KeyOwner | undefined>();
    answer = () => stale.promise;
    const early = outcome(subject, key);
    answer = async () => ({ key: { ...apiKey, revokedAtMs: 1 }, user });
    feed.publish("identity.changed");
    expect(await outcome(subject, key)).toBe(refused);
    stale.resolve({ key: apiKey, user });
    await early;
    expect(await outcome(subject, key)).toBe(refused);
  });
});
