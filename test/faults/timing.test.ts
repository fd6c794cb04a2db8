import { expect, test } from "bun:test";
import { nullMeter } from "#core/effects/null-meter.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import type { Random } from "#core/effects/random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import type { KeyDigest } from "#core/identity/api-key.ts";
import { KeyAuthenticator } from "#core/identity/key-authenticator.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { createKeyText } from "#core/identity/key-format.ts";
import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";
import { systemDigest, systemRandom } from "#platform/effects.ts";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { key as sampleKey, user } from "../stores/sample-identity.ts";

/** `make test-long` takes a hundred thousand, as the row says. */
const samples = Number(Bun.env["TIMING_SAMPLES"] ?? 4_000);
/** Beyond this two distributions differ, but for one time in a hundred thousand. */
const threshold = 4.5;
const attempts = 3;
const pepper = systemRandom.bytes(32);
/** Characters of the secret that a near match shares with a key in force: all but the last six, so that none comes twice. */
const sharedLength = 24;

/** Gives these bytes first. */
function beginningWith(bytes: Uint8Array): Random {
  return {
    uniform: systemRandom.uniform,
    bytes(length) {
      const all = systemRandom.bytes(length);
      all.set(bytes.subarray(0, length));
      return all;
    },
  };
}

/** Welch's t of two samples, both cut at the ninth tenth of all: above it lies what the machine does beside. */
function welch(one: readonly number[], other: readonly number[]): number {
  const cut = [...one, ...other].toSorted((a, b) => a - b)[Math.floor((one.length + other.length) * 0.9)] ?? 0;
  const [first, second] = [one, other].map((all) => {
    const kept = all.filter((value) => value <= cut);
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
    const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
    return { mean, error: variance / kept.length };
  });
  if (first === undefined || second === undefined) throw new Error("Two samples are compared.");
  return Math.abs(first.mean - second.mean) / Math.sqrt(first.error + second.error);
}

test("F83 how long a key takes to be refused does not tell how near it is to one in force", async () => {
  const stores = openInThread();
  const start = systemRandom.bytes(sharedLength).map((byte) => byte % 62);
  const inForce = createKeyText(systemDigest, beginningWith(start), "live");
  const near = (): string => createKeyText(systemDigest, beginningWith(start), "live");
  const unknown = (): string => createKeyText(systemDigest, systemRandom, "live");
  const owner = user("ada");
  await stores.identity.createUser(owner, sampleTrail());
  const digest: KeyDigest = {
    tokenHash: hashKeyText(systemDigest, pepper, inForce),
    hashAlg: "hmac-sha256",
    pepperId: "1",
  };
  const made = sampleKey("1", owner, { prefix: inForce.slice(0, 12) });
  await stores.identity.createKey(made, digest, sampleTrail());
  const [clock, feed, log] = [new VirtualClock(), new MemoryChangeFeed(), new RecordingLog()];
  const parts = { store: stores.identity, storeLayer: "sqlite", digest: systemDigest, pepper, clock, feed, log };
  const authenticator = new KeyAuthenticator({
    ...parts,
    meter: nullMeter,
    keysRequired: true,
    degradationMode: "disabled",
  });
  const authenticate = async (presented: string): Promise<boolean> => {
    try {
      await authenticator.authenticate({ presented, fromLoopback: true, address: "127.0.0.1" });
      return true;
    } catch {
      return false;
    }
  };
  const timed = async (presented: string): Promise<number> => {
    const startedAt = Bun.nanoseconds();
    const isLetIn = await authenticate(presented);
    const took = Bun.nanoseconds() - startedAt;
    expect(isLetIn).toBe(false);
    return took;
  };
  expect(await authenticate(inForce)).toBe(true);

  let t = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && t >= threshold; attempt += 1) {
    const taken: { near: number[]; unknown: number[] } = { near: [], unknown: [] };
    for (let index = 0; index < samples * 2; index += 1) {
      // In no order that anything else could follow.
      const isNear = systemRandom.uniform() < 0.5;
      const presented = isNear ? near() : unknown();
      taken[isNear ? "near" : "unknown"].push(await timed(presented));
    }
    t = welch(taken.near, taken.unknown);
  }
  expect(t).toBeLessThan(threshold);
  stores.close();
}, 120_000);
