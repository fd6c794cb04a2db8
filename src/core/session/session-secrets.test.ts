import { expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { SessionSecrets } from "#core/session/session-secrets.ts";

const secrets = new SessionSecrets(pureDigest, new Uint8Array(32).fill(1), new SequenceRandom(2));

test("codes are six digits, leading zeros included, and no digit is likelier in its place", () => {
  const codes = Array.from({ length: 20_000 }, () => secrets.code());
  expect(codes.every((code) => /^\d{6}$/.test(code))).toBe(true);
  for (const place of [0, 5]) {
    const counts = Map.groupBy(codes, (code) => code[place]);
    for (const same of counts.values()) expect(Math.abs(same.length - 2_000)).toBeLessThan(250);
  }
});

test("a number that would make some codes likelier is thrown away", () => {
  const given = [new Uint8Array([0xff, 0xff, 0xff, 0xff]), new Uint8Array([0, 0, 0, 7])];
  const random = { bytes: () => given.shift() ?? new Uint8Array(4), uniform: () => 0 };
  expect(new SessionSecrets(pureDigest, new Uint8Array(32), random).code()).toBe("000007");
});

test("what is kept of one thing is never what is kept of another", () => {
  const text = "a".repeat(64);
  const kept = [
    secrets.challengeHash(text).toHex(),
    secrets.sessionHash(text).toHex(),
    secrets.csrfToken(text),
    secrets.codeHash(text, "a@b.c", "123456").toHex(),
    secrets.codeHash(text, "a@b.cc", "123456").toHex(),
    secrets.codeHash(text, "a@b.c", "123457").toHex(),
  ];
  expect(new Set(kept).size).toBe(kept.length);
  expect(secrets.codeHash(text, "A@B.c", "123456").toHex()).toBe(kept[3] ?? "");
});
