import { expect, test } from "bun:test";
import fc from "fast-check";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { createKeyText, type KeyKind, parseKeyText } from "#core/identity/key-format.ts";

const parse = (text: string) => parseKeyText(pureDigest, text);
const create = (seed: number, kind: KeyKind = "live") => createKeyText(pureDigest, new SequenceRandom(seed), kind);

test("a key is its prefix, 30 random characters and a checksum, and tells its kind", () => {
  expect(create(1)).toMatch(/^tok_live_[0-9A-Za-z]{36}$/);
  expect(parse(create(1))).toEqual({ kind: "live" });
  expect(parse(create(2, "test"))).toEqual({ kind: "test" });
  expect(create(3, "admin")).toMatch(/^tok_adm_[0-9A-Za-z]{36}$/);
  expect(parse(create(3, "admin"))).toEqual({ kind: "admin" });
});

test("the checksum is CRC-32 in base62: a key that is known stays a key", () => {
  expect(parse(`tok_live_${"0".repeat(30)}1V4kxH`)).toEqual({ kind: "live" });
});

test("what does not begin like a key of ours is foreign, whatever its length", () => {
  for (const text of ["sk-proj-abc", "", "Tok_live_x", "tоk_live_cyrillic", " tok_live_", "x".repeat(10_240)]) {
    expect(parse(text)).toBe("foreign");
  }
});

test("a wrong length, prefix, alphabet or end is malformed without a lookup", () => {
  const key = create(1);
  const wrong = [
    "tok_",
    "tok_live_",
    key.slice(0, -1),
    `${key}0`,
    `${key}\n`,
    key.replace("live", "prod"),
    key.replace("live", "LIVE"),
    `${key.slice(0, -1)}é`,
    `${key.slice(0, 12)}а${key.slice(13)}`,
    `tok_live_${"a".repeat(10_240)}`,
  ];
  for (const text of wrong) expect(parse(text)).toBe("malformed");
});

test("property: every created key parses, and any single changed character makes it malformed", () => {
  const base62 = fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 9, max: 44 }), base62, (seed, position, other) => {
      const key = create(seed);
      expect(parse(key)).toEqual({ kind: "live" });
      fc.pre(key[position] !== other);
      expect(parse(key.slice(0, position) + other + key.slice(position + 1))).toBe("malformed");
    }),
  );
});

test("bytes that would favour some characters are drawn again", () => {
  const draws = [new Uint8Array(30).fill(255), new Uint8Array(30).fill(248), new Uint8Array(30).fill(247)];
  const random = { bytes: () => draws.shift() ?? new Uint8Array(30), uniform: () => 0 };
  expect(createKeyText(pureDigest, random, "live")).toStartWith(`tok_live_${"z".repeat(30)}`);
  expect(draws).toEqual([]);
});
