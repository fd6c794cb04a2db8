/** A key that a key made: it is in force as long as both are. */
import { beforeEach, expect, test } from "bun:test";
import type { KeyId, TeamId, UserId } from "#core/effects/ids.ts";
import { apiKey, IdentityScene, key, outcome, owned, refused, user } from "#core/identity/identity-scene.test-data.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { User } from "#core/identity/user.ts";

let scene: IdentityScene;
beforeEach(() => {
  scene = new IdentityScene();
});

const makerId = "key_0" as KeyId;
const boss: User = { ...user, id: "usr_0" as UserId, email: "boss@example.com" };

/** What the store tells of the key where the one that made it differs so from a good one. */
function made(maker: Partial<ApiKey> = {}, itself: Partial<ApiKey> = {}, owner: Partial<User> = {}) {
  const parent = owned({ id: makerId, userId: boss.id, name: "maker", ...maker }, { user: { ...boss, ...owner } });
  return owned({ parentId: makerId, ...itself }, { parent });
}

test("F96 whoever calls with it is known with what is settled for the key that made it", async () => {
  const policy = { models: ["m"], limits: { tokensPerDay: 10 } };
  scene.answer = async () => made({ policy });
  expect(await outcome(scene.authenticator(true), key)).toMatchObject({
    keyId: apiKey.id,
    userId: user.id,
    parentId: makerId,
    parent: { keyId: makerId, userId: boss.id, policy, names: { key: "maker", user: "boss@example.com" } },
  });
});

test.each<[string, ReturnType<typeof made>]>([
  ["that key was revoked", made({ revokedAtMs: 1 })],
  ["the owner of that key is inactive", made({}, {}, { status: "inactive" })],
  ["there is no such key", owned({ parentId: makerId })],
  ["that key was made by one that is not told of", made({ parentId: "key_00" as KeyId })],
  ["it was revoked itself", made({}, { revokedAtMs: 1 })],
])("F96 it is refused where %s", async (_, told) => {
  scene.answer = async () => told;
  expect(await outcome(scene.authenticator(true), key)).toBe(refused);
});

test.each([
  [500, undefined],
  [undefined, 500],
  [500, 900],
  [900, 500],
])("F96 it ends with the first of both: %p of the maker, %p of its own", async (makers, own) => {
  const end = (afterMs: number | undefined) =>
    afterMs === undefined ? {} : { expiresAtMs: scene.clock.now() + afterMs };
  const told = made(end(makers), end(own));
  scene.answer = async () => told;
  const subject = scene.authenticator(true);
  scene.clock.advance(499);
  expect(await outcome(subject, key)).toMatchObject({ keyId: apiKey.id });
  scene.clock.advance(1);
  expect(await outcome(subject, key)).toBe(refused);
});

test("F96 it works from where both do", async () => {
  scene.answer = async () => made({ addresses: ["10.1.0.0/16"] }, { addresses: ["10.0.0.0/8", "192.0.2.7"] });
  const from = async (address: string) =>
    typeof (await outcome(scene.authenticator(true), key, false, address)) === "object";
  expect(await from("10.1.2.3")).toBe(true);
  for (const address of ["10.2.0.1", "192.0.2.7", "11.0.0.1", ""])
    expect([address, await from(address)]).toEqual([address, false]);
});

test("T-41 F81 a change of that key, its owner or its team counts at once, also while the store fails", async () => {
  for (const changed of [makerId, boss.id, "team_0"]) {
    const known = made({ teamId: "team_0" as TeamId });
    scene.answer = async () => known;
    const subject = scene.authenticator(true, "fail_open");
    expect(await outcome(subject, key)).toMatchObject({ parentId: makerId });
    scene.fail();
    scene.feed.publish("identity.changed", "key_other");
    expect(await outcome(subject, key)).toMatchObject({ parentId: makerId });
    scene.feed.publish("identity.changed", changed);
    expect(await outcome(subject, key)).toStartWith("storage_failed");
    scene.answer = async () => made({ revokedAtMs: 1 });
    expect(await outcome(subject, key)).toBe(refused);
  }
});
