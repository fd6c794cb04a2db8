import type { Digest } from "#core/effects/digest.ts";

/** The peppers that digests of keys were made with: the gateway's own, and those that came with keys from other gateways. */
export interface Peppers {
  /** Id and pepper, the own one first. */
  all(): readonly (readonly [id: string, pepper: Uint8Array])[];
  /** Keeps the pepper of another gateway, durable when it returns. */
  keep(id: string, pepper: Uint8Array): void;
}

const encoder = new TextEncoder();

/** Names a pepper without giving it away: 24 hexadecimal digits. */
export function pepperFingerprint(digest: Digest, pepper: Uint8Array): string {
  return digest.hmacSha256(pepper, encoder.encode("tokligence/pepper-fingerprint")).toHex().slice(0, 24);
}

/** What the pepper with this fingerprint is called where it is not the own one. */
export function foreignPepperId(fingerprint: string): string {
  return `x${fingerprint}`;
}
