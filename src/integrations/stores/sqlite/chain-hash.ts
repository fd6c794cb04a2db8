import { createChainHasher } from "#core/ledger/chain.ts";
import type { ChainedEntry } from "#core/ledger/row-encoder.ts";

/** The hash of `#core/ledger/chain.ts` by the runtime's own SHA-256: a thread cannot be handed a `Digest`. */
export function createRowHasher(): (prevHash: Uint8Array, row: ChainedEntry) => Uint8Array {
  // Used again for every row, which `digest` allows: a new one would cost as much as the hash.
  const hasher = new Bun.CryptoHasher("sha256");
  return createChainHasher({
    sha256(...parts) {
      for (const part of parts) hasher.update(part);
      return hasher.digest();
    },
  });
}
