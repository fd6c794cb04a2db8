import type { Digest } from "#core/effects/digest.ts";
import { type ChainedEntry, RowEncoder } from "#core/ledger/row-encoder.ts";

/** What a node's first row names as its previous hash: 32 zero bytes. */
export const chainStart: Uint8Array = new Uint8Array(32);

/**
 * Makes the hash of a row: SHA-256(previous hash ‖ canonical bytes of the row, see `RowEncoder`), 32 bytes. One buffer is kept
 * between calls.
 */
export function createChainHasher(
  digest: Pick<Digest, "sha256">,
): (prevHash: Uint8Array, row: ChainedEntry) => Uint8Array {
  const encoder = new RowEncoder();
  return (prevHash, row) => digest.sha256(prevHash, encoder.encode(row));
}

/** Why a row does not continue the chain: rows missing or swapped, a wrong predecessor, another node's row, or changed content. */
export type ChainFault = "gap" | "broken_link" | "foreign_node" | "altered";
