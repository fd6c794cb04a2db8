/** Synchronous hashing as core may have it. */
export interface Digest {
  /** SHA-256 of the parts in order, 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** HMAC-SHA-256 (RFC 2104), 32 bytes. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** HKDF-SHA-256 (RFC 5869) with an empty salt, `length` bytes. */
  hkdfSha256(secret: Uint8Array, info: string, length: number): Uint8Array;
  /** CRC-32 (ISO 3309), unsigned. */
  crc32(message: Uint8Array): number;
  /** Constant-time comparison; false on unequal lengths. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}
