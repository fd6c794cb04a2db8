import { type ChainedEntry, RowEncoder } from "#core/ledger/row-encoder.ts";

/** The hash of `#core/ledger/chain.ts` by the runtime's own SHA-256: a thread cannot be handed a `Digest`. */
export function createRowHasher(): (prevHash: Uint8Array, row: ChainedEntry) => Uint8Array {
  const encoder = new RowEncoder();
  return (prevHash, row) => new Bun.CryptoHasher("sha256").update(prevHash).update(encoder.encode(row)).digest();
}
