import type { Digest } from "#core/effects/digest.ts";
import type { Random } from "#core/effects/random.ts";

/** For whom a key is: callers in production, callers in tests, administration (the first root administrator has one). */
export type KeyKind = "live" | "test" | "admin";

const prefixes: Readonly<Record<KeyKind, string>> = { live: "tok_live_", test: "tok_test_", admin: "tok_adm_" };
const ownPrefix = "tok_";
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const secretLength = 30;
const checksumLength = 6;
const wellFormed = /^tok_(live|test|adm)_[0-9A-Za-z]{36}$/;
const textEncoder = new TextEncoder();

/** How many first characters of a key may be shown and stored. */
export const shownPrefixLength = 12;

/** A new key: prefix of its kind, 30 base62 characters (178 bits), and CRC-32 of all that in 6 base62 digits. */
export function createKeyText(digest: Digest, random: Random, kind: KeyKind): string {
  const body = prefixes[kind] + randomBase62(random, secretLength);
  return body + checksum(digest, body);
}

/**
 * Tells, without any store, whether a presented text may be a key of ours: its kind; "foreign" when it does not even
 * begin with `tok_`; "malformed" when it does and has a wrong length, alphabet or checksum.
 */
export function parseKeyText(digest: Digest, text: string): { readonly kind: KeyKind } | "foreign" | "malformed" {
  if (!text.startsWith(ownPrefix)) return "foreign";
  const match = wellFormed.exec(text);
  if (match === null) return "malformed";
  const body = text.slice(0, -checksumLength);
  if (!text.endsWith(checksum(digest, body))) return "malformed";
  return { kind: match[1] === "adm" ? "admin" : match[1] === "test" ? "test" : "live" };
}

function checksum(digest: Digest, body: string): string {
  let rest = digest.crc32(textEncoder.encode(body));
  let digits = "";
  for (let position = 0; position < checksumLength; position += 1) {
    digits = alphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function randomBase62(random: Random, length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      // 248 is the largest multiple of 62 in a byte: anything above would favour the first digits.
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62);
    }
  }
  return text;
}
