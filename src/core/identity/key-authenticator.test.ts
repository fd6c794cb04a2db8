import { beforeEach, describe, expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import {
  apiKey,
  IdentityScene,
  key,
  outcome,
  refused,
  stranger,
  user,
} from "#core/identity/identity-scene.test-data.ts";
import type { KeyOwner } from "#core/identity/identity-store.ts";
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
      permissions: new Set(["models:call"]),
      names: { key: "laptop", user: "ada@example.com" },
    });
  });

  test("TC-P0-TOK-001 test_token_routing: what is settled for a key and what it has used come with it", async () => {
    const policy: KeyPolicy = { tier: "bulk", limits: { tokensPerDay: 10_000 } };
    const quotaUsage = { dayStartMs: 0, dayTokens: 1_000, monthStartMs: 0, monthTokens: 1_000 };
    scene.answer = async () => ({ key: { ...apiKey, policy, quotaUsage }, user });
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
      { key: { ...apiKey, revokedAtMs: 1 }, user },
      { key: { ...apiKey, expiresAtMs: scene.clock.now() }, user },
      { key: apiKey, user: { ...user, status: "inactive" } },
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
    scene.answer = async () => ({ key: apiKey, user });
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    expect(scene.meter.value("tokligence_token_lookup_total", "sqlite", "error")).toBe(1);
    expect(scene.meter.value("tokligence_auth_attempts_total", "key", "error")).toBe(1);
  });
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
    scene.answer = async () => ({ key: { ...apiKey, expiresAtMs: scene.clock.now() + 1_000 }, user });
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
    scene.answer = async () => ({ key: { ...apiKey, revokedAtMs: 1 }, user });
    scene.feed.publish("identity.changed");
    expect(await outcome(subject, key)).toBe(refused);
    scene.answer = async () => ({ key: apiKey, user });
    scene.feed.publish("identity.changed");
    expect(await outcome(subject, key)).toMatchObject({ kind: "key" });
  });

  test("an answer that was under way during a change is neither remembered nor shared", async () => {
    const subject = scene.authenticator(true);
    const stale = Promise.withResolvers<KeyOwner | undefined>();
    scene.answer = () => stale.promise;
    const early = outcome(subject, key);
    scene.answer = async () => ({ key: { ...apiKey, revokedAtMs: 1 }, user });
    scene.feed.publish("identity.changed");
    expect(await outcome(subject, key)).toBe(refused);
    stale.resolve({ key: apiKey, user });
    await early;
    expect(await outcome(subject, key)).toBe(refused);
  });
});
