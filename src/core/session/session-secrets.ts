import type { Digest } from "#core/effects/digest.ts";
import type { Random } from "#core/effects/random.ts";
import { nameKey } from "#core/identity/name-key.ts";

const secretBytes = 32;
const codeCount = 1_000_000;
/** The greatest multiple of `codeCount` below 2^32: what lies above it would make some codes likelier. */
const evenRange = Math.floor(2 ** 32 / codeCount) * codeCount;
const encoder = new TextEncoder();

/** Makes what a login is proven by, and the HMAC-SHA-256 that is kept of each in its place. */
export class SessionSecrets {
  readonly #digest: Digest;
  readonly #key: Uint8Array;
  readonly #random: Random;

  /** `key` is the master secret's key of purpose `cookie`. */
  constructor(digest: Digest, key: Uint8Array, random: Random) {
    this.#digest = digest;
    this.#key = key;
    this.#random = random;
  }

  /** 256 random bits as 64 hex digits: a session's cookie, or a challenge. */
  token(): string {
    return this.#random.bytes(secretBytes).toHex();
  }

  /** Six digits, all equally likely. */
  code(): string {
    for (;;) {
      const bytes = this.#random.bytes(4);
      const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      if (number < evenRange) return String(number % codeCount).padStart(6, "0");
    }
  }

  challengeHash(challenge: string): Uint8Array {
    return this.#hash("challenge", challenge);
  }

  /** A code holds for the address that it was asked for, and for the challenge it was asked with. */
  codeHash(challenge: string, email: string, code: string): Uint8Array {
    return this.#hash("code", challenge, nameKey(email), code);
  }

  sessionHash(token: string): Uint8Array {
    return this.#hash("session", token);
  }

  /** What changing requests of the session repeat in `x-csrf-token`: follows from its cookie, so it need not be kept. */
  csrfToken(token: string): string {
    return this.#hash("csrf", token).toHex();
  }

  #hash(...parts: readonly string[]): Uint8Array {
    return this.#digest.hmacSha256(this.#key, encoder.encode(parts.join("\n")));
  }
}
