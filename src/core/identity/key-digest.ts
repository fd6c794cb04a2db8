import type { Digest } from "#core/effects/digest.ts";

const textEncoder = new TextEncoder();

/** What stands for a key in stores and caches: HMAC-SHA-256 of its text under the pepper, 32 bytes. */
export function hashKeyText(digest: Digest, pepper: Uint8Array, text: string): Uint8Array {
  return digest.hmacSha256(pepper, textEncoder.encode(text));
}
