/** Signs with a key that lies outside the database: Ed25519 (RFC 8032). */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
  /** Whether the signature over the message was made with this key. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}
