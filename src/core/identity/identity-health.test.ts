import { beforeEach, describe, expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import {
  apiKey,
  IdentityScene,
  key,
  outcome,
  owned,
  refused,
  stranger,
  user,
} from "#core/identity/identity-scene.test-data.ts";

let scene: IdentityScene;

beforeEach(() => {
  scene = new IdentityScene();
});

describe("while the identity store fails", () => {
  const modes = ["disabled", "fail_open", "fail_closed"] as const;

  test.each(modes)("TC-P0-DEG-001 test_degradation: %s lets nobody in who is not known", async (mode) => {
    const subject = scene.authenticator(true, mode);
    scene.fail();
    for (let call = 0; call < 3; call += 1) expect(await outcome(subject, key)).toStartWith("storage_failed");
    expect(await outcome(subject, stranger)).toBe(refused);
    expect(await outcome(subject, "tok_live_oops")).toBe(refused);
    expect(scene.meter.value("tokligence_auth_attempts_total", "key", "ok")).toBe(0);
  });

  test("TC-P0-DEG-001 test_degradation: fail_open goes on with a key that was known good and has not changed", async () => {
    const subject = scene.authenticator(true, "fail_open");
    await outcome(subject, key);
    scene.fail();
    scene.feed.publish("identity.changed", "key_other");
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    expect(scene.meter.value("tokligence_token_lookup_total", "lru", "stale")).toBe(1);
    expect([subject.degraded(), subject.refusing()]).toEqual([true, false]);
    scene.heal();
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    expect([subject.degraded(), subject.refusing()]).toEqual([false, false]);
  });

  test.each([
    ["the key itself", apiKey.id as string],
    ["its owner", user.id as string],
    ["anybody", undefined],
  ])("T-41 fail_open never brings back a key after a change of %s", async (_who, subjectId) => {
    const subject = scene.authenticator(true, "fail_open");
    await outcome(subject, key);
    scene.feed.publish("identity.changed", "key_other");
    scene.fail();
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    scene.feed.publish("identity.changed", subjectId);
    scene.feed.publish("identity.changed", "key_other");
    expect(await outcome(subject, key)).toStartWith("storage_failed");
    scene.heal();
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    scene.fail();
    scene.feed.publish("identity.changed", "key_other");
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
  });

  test("T-41 what the store has once said to be revoked stays so when it fails afterwards", async () => {
    const subject = scene.authenticator(true, "fail_open");
    await outcome(subject, key);
    scene.answer = async () => owned({ revokedAtMs: 1 });
    scene.feed.publish("identity.changed", "key_other");
    expect(await outcome(subject, key)).toBe(refused);
    scene.fail();
    scene.feed.publish("identity.changed", "key_other");
    expect(await outcome(subject, key)).toStartWith("storage_failed");
  });

  test("fail_open remembers so many changes and no more: then everything is asked anew", async () => {
    const subject = scene.authenticator(true, "fail_open");
    await outcome(subject, key);
    scene.fail();
    for (let change = 0; change < 1_001; change += 1) scene.feed.publish("identity.changed", `key_${change + 2}`);
    expect(await outcome(subject, key)).toStartWith("storage_failed");
  });

  test("fail_open keeps an expired key out", async () => {
    scene.answer = async () => owned({ expiresAtMs: scene.clock.now() + 1_000 });
    const subject = scene.authenticator(true, "fail_open");
    await outcome(subject, key);
    scene.fail();
    scene.feed.publish("identity.changed", "key_other");
    scene.clock.advance(1_000);
    expect(await outcome(subject, key)).toBe(refused);
  });

  test("disabled goes on with what is in memory, until identities change", async () => {
    const subject = scene.authenticator(true, "disabled");
    await outcome(subject, key);
    scene.fail();
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    scene.feed.publish("identity.changed", "key_other");
    expect(await outcome(subject, key)).toStartWith("storage_failed");
    expect([subject.degraded(), subject.refusing()]).toEqual([true, false]);
  });

  test("TC-P0-DEG-002 test_degradation: fail_closed refuses known keys too, and says so until the store is back", async () => {
    const subject = scene.authenticator(true, "fail_closed");
    await outcome(subject, key);
    expect(subject.authenticate({ presented: key, fromLoopback: false })).not.toBeInstanceOf(Promise);
    scene.fail();
    scene.clock.advance(4_999);
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    scene.clock.advance(1);
    expect(await outcome(subject, key)).toStartWith("storage_failed");
    expect([subject.degraded(), subject.refusing()]).toEqual([true, true]);
    expect(await outcome(subject, key)).toStartWith("storage_failed");
    scene.heal();
    expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
    expect([subject.degraded(), subject.refusing()]).toEqual([false, false]);
    expect(scene.log.lines.map(({ event }) => event)).toEqual(["identity_store_failed", "identity_store_back"]);
  });

  test("asking for its health asks the store again, once a second, so that it recovers without callers", async () => {
    const subject = scene.authenticator(true, "fail_closed");
    let asked = 0;
    let healthy = false;
    scene.fail();
    await outcome(subject, key);
    scene.otherwise = async () => {
      asked += 1;
      if (!healthy) throw new GatewayError("storage_failed", "Gone.");
      return undefined;
    };
    expect([subject.degraded(), subject.degraded(), asked]).toEqual([true, true, 0]);
    scene.clock.advance(1_000);
    subject.degraded();
    subject.degraded();
    expect(asked).toBe(1);
    healthy = true;
    scene.clock.advance(1_000);
    subject.degraded();
    await Bun.sleep(0);
    expect([subject.degraded(), asked]).toEqual([false, 2]);
  });

  test("whatever a store throws is storage trouble: the caller may come again", async () => {
    const subject = scene.authenticator(true);
    scene.answer = () => Promise.reject(new Error("no such table"));
    expect(await outcome(subject, key)).toBe("storage_failed: The API key cannot be looked up.");
  });
});
