import type { Digest } from "#core/effects/digest.ts";

/** No UTF-8 begins with it, so that no text that anybody presents is taken for the hash of another. */
const hashMark = Uint8Array.of(0xff);
const textEncoder = new TextEncoder();

/** What stands for a key in stores and caches: HMAC-SHA-256 of its text under the pepper, 32 bytes. */
export function hashKeyText(digest: Digest, pepper: Uint8Array, text: string): Uint8Array {
  return digest.hmacSha256(pepper, textEncoder.encode(text));
}

/**
 * What stands for a key of which only the SHA-256 of its text is known, since it came from a gateway that kept no more:
 * HMAC-SHA-256 of that hash (32 bytes), marked, under the pepper. `hmac-sha256-of-sha256`, 32 bytes.
 */
export function hashKeySha256(digest: Digest, pepper: Uint8Array, sha256: Uint8Array): Uint8Array {
  const marked = new Uint8Array(hashMark.length + sha256.length);
  marked.set(hashMark);
  marked.set(sha256, hashMark.length);
  return digest.hmacSha256(pepper, marked);
}

/** The same of a key that is presented. */
export function hashForeignText(digest: Digest, pepper: Uint8Array, text: string): Uint8Array {
  return hashKeySha256(digest, pepper, digest.sha256(textEncoder.encode(text)));
}
