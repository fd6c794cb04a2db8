/** Randomness as core may have it. */
export interface Random {
  /** `length` cryptographically strong random bytes. */
  bytes(length: number): Uint8Array;
  /** A uniform float in [0, 1), for jitter only, never for secrets. */
  uniform(): number;
}
