import type { Digest } from "#core/effects/digest.ts";
import { createChainHasher } from "#core/ledger/chain.ts";
import type { ChainedEntry } from "#core/ledger/row-encoder.ts";

/** The runtime's own SHA-256, for chains that are hashed in a thread: it cannot be handed a `Digest`. */
export function createRuntimeDigest(): Pick<Digest, "sha256"> {
  // Used again for every row, which `digest` allows: a new one would cost as much as the hash.
  const hasher = new Bun.CryptoHasher("sha256");
  return {
    sha256(...parts) {
      for (const part of parts) hasher.update(part);
      return hasher.digest();
    },
  };
}

/** The hash of `#core/ledger/chain.ts`. */
export function createRowHasher(): (prevHash: Uint8Array, row: ChainedEntry) => Uint8Array {
  return createChainHasher(createRuntimeDigest());
}
