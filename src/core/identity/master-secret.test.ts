import { expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { currentPepperId, purposeKey } from "#core/identity/master-secret.ts";

const master = new Uint8Array(32).fill(7);

test("each purpose and generation has a key of its own, always the same", () => {
  const keys = [
    purposeKey(pureDigest, master, "pepper", currentPepperId),
    purposeKey(pureDigest, master, "pepper", "2"),
    purposeKey(pureDigest, master, "cookie", "1"),
    purposeKey(pureDigest, master, "anchor", "1"),
    purposeKey(pureDigest, master, "wrap", "1"),
  ].map((key) => key.toHex());
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys[0]).toHaveLength(64);
  expect(purposeKey(pureDigest, master, "pepper", "1").toHex()).toBe(keys[0] ?? "");
});

test("another master secret gives other keys, and a short one is refused", () => {
  const other = purposeKey(pureDigest, new Uint8Array(32).fill(8), "pepper", "1");
  expect(pureDigest.equal(other, purposeKey(pureDigest, master, "pepper", "1"))).toBe(false);
  expect(() => purposeKey(pureDigest, new Uint8Array(16), "pepper", "1")).toThrow("shorter than 32 bytes");
});
