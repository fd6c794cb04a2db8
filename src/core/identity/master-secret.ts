import type { Digest } from "#core/effects/digest.ts";

/** What a key derived from the master secret is for; the keys of two purposes tell nothing about each other. */
export type SecretPurpose = "pepper" | "cookie" | "anchor" | "wrap" | "idempotency" | "answers";

/** The pepper that new API keys are stored under. */
export const currentPepperId = "1";

const keyBytes = 32;
const minimumMasterBytes = 32;

/** The 32-byte key of one purpose and generation, by HKDF-SHA-256 (RFC 5869) with `tokligence/PURPOSE/KEYID` as info. */
export function purposeKey(digest: Digest, master: Uint8Array, purpose: SecretPurpose, keyId: string): Uint8Array {
  if (master.length < minimumMasterBytes) throw new RangeError("the master secret is shorter than 32 bytes");
  return digest.hkdfSha256(master, `tokligence/${purpose}/${keyId}`, keyBytes);
}
