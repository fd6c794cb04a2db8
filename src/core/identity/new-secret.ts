import type { Digest } from "#core/effects/digest.ts";
import type { Random } from "#core/effects/random.ts";
import type { KeyDigest } from "#core/identity/api-key.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { createKeyText, type KeyKind, shownPrefixLength } from "#core/identity/key-format.ts";
import { currentPepperId } from "#core/identity/master-secret.ts";

/** What secrets of keys are made with. */
export interface SecretParts {
  readonly digest: Digest;
  /** The pepper of generation `currentPepperId`. */
  readonly pepper: Uint8Array;
  readonly random: Random;
}

/** A secret that was just made: its text, to be shown once, and what the store knows it by. */
export interface NewSecret {
  readonly text: string;
  readonly digest: KeyDigest & { readonly prefix: string };
}

/** A new secret for a key. */
export function newSecret({ digest, pepper, random }: SecretParts, kind: KeyKind): NewSecret {
  const text = createKeyText(digest, random, kind);
  const tokenHash = hashKeyText(digest, pepper, text);
  const prefix = text.slice(0, shownPrefixLength);
  return { text, digest: { tokenHash, hashAlg: "hmac-sha256", pepperId: currentPepperId, prefix } };
}
