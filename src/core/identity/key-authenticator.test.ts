import { beforeEach, describe, expect, test } from "bun:test";
import type { KeyId, TeamId } from "#core/effects/ids.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { GatewayError } from "#core/errors.ts";
import {
  apiKey,
  IdentityScene,
  key,
  outcome,
  owned,
  refused,
  pepper,
  stranger,
  user,
} from "#core/identity/identity-scene.test-data.ts";
import type { KeyOwner } from "#core/identity/identity-store.ts";
import { hashForeignText, hashKeySha256, hashKeyText } from "#core/identity/key-digest.ts";
import type { Role } from "#core/identity/user.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import { localPrincipal } from "#core/identity/principal.ts";

let scene: IdentityScene;

beforeEach(() => {
  scene = new IdentityScene();
});

describe("where keys are required", () => {
  test("a good key becomes its owner with the key's scopes", async () => {
    expect(await outcome(scene.authenticator(true), key, false)).toEqual({
      kind: "key",
      tenantId: user.tenantId,
      userId: user.id,
      keyId: apiKey.id,
      role: "gateway_user",
      permissions: new Set(["models:call"]),
      names: { key: "laptop", user: "ada@example.com" },
    });
  });

  test("TC-P0-TOK-001 test_token_routing: what is settled for a key and what it has used come with it", async () => {
    const policy: KeyPolicy = { tier: "bulk", limits: { tokensPerDay: 10_000 } };
    const quotaUsage = { dayStartMs: 0, dayTokens: 1_000, monthStartMs: 0, monthTokens: 1_000 };
    scene.answer = async () => owned({ policy, quotaUsage });
    expect(await outcome(scene.authenticator(true), key)).toMatchObject({ policy, quotaUsage });
  });

  test("no key is told how to send one", async () => {
    const subject = scene.authenticator(true);
    expect(await outcome(subject, undefined)).toContain("Authorization: Bearer");
    expect(await outcome(subject, "")).toContain("unauthenticated: No API key");
    expect(scene.lookups).toBe(0);
  });

  test("foreign and malformed keys are refused alike and never reach the store", async () => {
    const subject = scene.authenticator(true);
    const wrong = ["sk-something", `${key.slice(0, -1)}~`, "tok_", `tok_live_${"a".repeat(10_240)}`, "tоk_live_x"];
    for (const presented of wrong) expect(await outcome(subject, presented)).toBe(refused);
    expect(scene.lookups).toBe(0);
  });

  test("unknown, revoked, expired and ownerless keys are refused with the same words", async () => {
    const answers: (KeyOwner | undefined)[] = [
      undefined,
      owned({ revokedAtMs: 1 }),
      owned({ expiresAtMs: scene.clock.now() }),
      owned({}, { user: { ...user, status: "inactive" } }),
    ];
    for (const given of answers) {
      scene.answer = async () => given;
      expect(await outcome(scene.authenticator(true), key)).toBe(refused);
    }
  });

  test("a storage failure is not a refusal, and is not remembered", async () => {
    const subject = scene.authenticator(true);
    scene.answer = () => Promise.reject(new GatewayError("storage_failed", "The database does not answer."));
    expect(await outcome(subject, key)).toStartWith("storage_failed");
    scene.answer = async () => owned();
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    expect(scene.meter.value("tokligence_token_lookup_total", "sqlite", "error")).toBe(1);
    expect(scene.meter.value("tokligence_auth_attempts_total", "key", "error")).toBe(1);
  });
});

describe("what its owner is counts too", () => {
  test("a scope that the owner's role has not does nothing, and comes back with the role", async () => {
    const scopes = { scopes: ["models:call", "users:write"] } as const;
    const as = async (role: Role) => {
      scene.answer = async () => owned(scopes, { user: { ...user, role } });
      return outcome(scene.authenticator(true), key);
    };
    expect(await as("gateway_user")).toMatchObject({ permissions: new Set(["models:call"]) });
    expect(await as("gateway_admin")).toMatchObject({ permissions: new Set(["models:call", "users:write"]) });
  });

  test("teams and labels are known of the caller", async () => {
    const teamId = "team_1" as TeamId;
    scene.answer = async () => owned({ teamId, labels: ["ci"] }, { adminOf: [teamId] });
    expect(await outcome(scene.authenticator(true), key)).toMatchObject({
      role: "gateway_user",
      teamId: "team_1",
      labels: ["ci"],
      adminOf: ["team_1"],
    });
  });

  test("T-41 F81 a change of the key, its owner or its team counts at once", async () => {
    const subject = scene.authenticator(true);
    for (const subjectId of [apiKey.id, user.id, "team_1"]) {
      scene.answer = async () => owned({ labels: ["before"] });
      scene.feed.publish("identity.changed", "key_other");
      expect(await outcome(subject, key)).toMatchObject({ labels: ["before"] });
      scene.answer = async () => owned({ labels: ["after"] });
      scene.feed.publish("identity.changed", subjectId);
      expect(await outcome(subject, key)).toMatchObject({ labels: ["after"] });
    }
  });
});

describe("a key that works from some addresses alone", () => {
  const from = async (address: string | undefined) =>
    typeof (await outcome(scene.authenticator(true), key, false, address)) === "object";

  test("is refused from elsewhere like a key that nobody has", async () => {
    scene.answer = async () => owned({ addresses: ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"] });
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8:1::1", "192.0.2.7"]) {
      expect([address, await from(address)]).toEqual([address, true]);
    }
    for (const address of ["11.0.0.1", "192.0.2.8", "::1", "", undefined, "not an address"]) {
      expect([address, await from(address)]).toEqual([address, false]);
    }
    expect(await outcome(scene.authenticator(true), key, false, "11.0.0.1")).toBe(refused);
    expect(scene.meter.value("tokligence_auth_attempts_total", "key", "elsewhere")).toBe(7);
  });

  test("works from nowhere when none of what is stored is an address", async () => {
    scene.answer = async () => owned({ addresses: ["somewhere"] });
    expect(await from("10.0.0.1")).toBe(false);
  });
});

describe("keys that were made elsewhere", () => {
  const text = "sk-from-another-gateway";
  const hexOf = (hash: Uint8Array): string => hash.toHex();
  const brought = (hash: Uint8Array) => scene.foreign.set(hexOf(hash), owned({ id: "key_old" as KeyId }));

  test("are known by their text, or by the SHA-256 that was kept of it", async () => {
    for (const hash of [hashKeyText, hashForeignText]) {
      scene.foreign.clear();
      brought(hash(pureDigest, pepper, text));
      for (const keysRequired of [true, false]) {
        const subject = scene.authenticator(keysRequired);
        expect(await outcome(subject, text)).toMatchObject({ keyId: "key_old" });
      }
      expect(await outcome(scene.authenticator(true), `${text}!`)).toBe(refused);
      expect(await outcome(scene.authenticator(false), `${text}!`)).toBe(localPrincipal);
    }
  });

  test("whoever has stolen the list of hashes has no key", async () => {
    const sha256 = pureDigest.sha256(new TextEncoder().encode(text));
    brought(hashKeySha256(pureDigest, pepper, sha256));
    const subject = scene.authenticator(true);
    for (const stolen of [hexOf(sha256), `sha256:${hexOf(sha256)}`, String.fromCharCode(...sha256)]) {
      expect(await outcome(subject, stolen)).toBe(refused);
    }
    expect(await outcome(subject, text)).toMatchObject({ keyId: "key_old" });
  });

  test("where there are none, the store is asked that once, not for every text", async () => {
    const subject = scene.authenticator(true);
    for (let call = 0; call < 5; call += 1) expect(await outcome(subject, `sk-${call}`)).toBe(refused);
    expect([scene.foreignAsked, scene.lookups]).toEqual([1, 0]);
    brought(hashKeyText(pureDigest, pepper, text));
    scene.feed.publish("identity.changed");
    expect(await outcome(subject, text)).toMatchObject({ keyId: "key_old" });
    expect(scene.foreignAsked).toBe(2);
  });

  test("one that is unknown costs the store two look-ups, and none for a moment after", async () => {
    brought(hashKeyText(pureDigest, pepper, text));
    const subject = scene.authenticator(true);
    for (let call = 0; call < 5; call += 1) expect(await outcome(subject, "sk-unknown")).toBe(refused);
    expect(scene.lookups).toBe(2);
  });

  test("one of our own form is found under the pepper that it came with", async () => {
    const other = new Uint8Array(32).fill(9);
    scene.foreign.set(hexOf(hashKeyText(pureDigest, other, stranger)), owned({ id: "key_old" as KeyId }));
    expect(await outcome(scene.authenticator(true), stranger)).toBe(refused);
    scene.clock.advance(2_000);
    const subject = scene.authenticator(true, "disabled", { otherPeppers: () => [other] });
    expect(await outcome(subject, stranger)).toMatchObject({ keyId: "key_old" });
  });
});

test("the use of a key is marked, a refusal is not", async () => {
  const marked: unknown[] = [];
  const lastUsed = { mark: (keyId: string, atMs: number) => void marked.push([keyId, atMs]) };
  const subject = scene.authenticator(true, "disabled", { lastUsed });
  await outcome(subject, key);
  await outcome(subject, stranger);
  expect(marked).toEqual([[apiKey.id, scene.clock.now()]]);
});

describe("where no key is needed", () => {
  test("none and any foreign string are the local principal, from loopback only", async () => {
    const subject = scene.authenticator(false);
    for (const presented of [undefined, "", "sk-dummy", "x".repeat(5_000)]) {
      expect(await outcome(subject, presented)).toBe(localPrincipal);
      expect(await outcome(subject, presented, false)).toStartWith("unauthenticated");
    }
    expect(scene.lookups).toBe(0);
  });

  test("a key of our own format is verified and attributed, and a bad one refused", async () => {
    const subject = scene.authenticator(false);
    expect(await outcome(subject, key)).toMatchObject({ kind: "key", keyId: apiKey.id });
    expect(await outcome(subject, stranger)).toBe(refused);
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
    const subject = scene.authenticator(true);
    await outcome(subject, key);
    expect(subject.authenticate({ presented: key, fromLoopback: false })).not.toBeInstanceOf(Promise);
    expect(scene.lookups).toBe(1);
    expect(scene.meter.value("tokligence_token_lookup_total", "lru", "hit")).toBe(1);
    expect(scene.meter.value("tokligence_token_lookup_total", "sqlite", "hit")).toBe(1);
    const took = (layer: string) => scene.meter.observations("tokligence_token_lookup_duration_seconds", layer).length;
    expect([took("lru"), took("sqlite")]).toEqual([2, 1]);
    expect(scene.meter.value("tokligence_auth_attempts_total", "key", "ok")).toBe(2);
  });

  test("callers that come together share one lookup", async () => {
    const subject = scene.authenticator(true);
    const principals = await Promise.all(Array.from({ length: 20 }, () => outcome(subject, key)));
    expect(new Set(principals).size).toBe(1);
    expect(scene.lookups).toBe(1);
  });

  test("a remembered key expires on time", async () => {
    scene.answer = async () => owned({ expiresAtMs: scene.clock.now() + 1_000 });
    const subject = scene.authenticator(true);
    expect(await outcome(subject, key)).toMatchObject({ kind: "key" });
    scene.clock.advance(999);
    expect(await outcome(subject, key)).toMatchObject({ kind: "key" });
    scene.clock.advance(1);
    expect(await outcome(subject, key)).toBe(refused);
  });

  test("an unknown key is remembered for a moment only", async () => {
    scene.answer = async () => undefined;
    const subject = scene.authenticator(true);
    for (let call = 0; call < 5; call += 1) expect(await outcome(subject, key)).toBe(refused);
    expect(scene.lookups).toBe(1);
    scene.clock.advance(2_000);
    await outcome(subject, key);
    expect(scene.lookups).toBe(2);
  });

  test("a change of identity counts at once, for known and unknown keys", async () => {
    const subject = scene.authenticator(true);
    await outcome(subject, key);
    scene.answer = async () => owned({ revokedAtMs: 1 });
    scene.feed.publish("identity.changed");
    expect(await outcome(subject, key)).toBe(refused);
    scene.answer = async () => owned();
    scene.feed.publish("identity.changed");
    expect(await outcome(subject, key)).toMatchObject({ kind: "key" });
  });

  test("an answer that was under way during a change is neither remembered nor shared", async () => {
    const subject = scene.authenticator(true);
    const stale = Promise.withResolvers<KeyOwner | undefined>();
    scene.answer = () => stale.promise;
    const early = outcome(subject, key);
    scene.answer = async () => owned({ revokedAtMs: 1 });
    scene.feed.publish("identity.changed");
    expect(await outcome(subject, key)).toBe(refused);
    stale.resolve(owned());
    await early;
    expect(await outcome(subject, key)).toBe(refused);
  });
});
