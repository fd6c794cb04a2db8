import type { Digest } from "#core/effects/digest.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";
import { type ChainedEntry, RowEncoder } from "#core/ledger/row-encoder.ts";

/** What a node's first row names as its previous hash: 32 zero bytes. */
export const chainStart: Uint8Array = new Uint8Array(32);

/** Hash of a row: SHA-256(previous hash ‖ canonical bytes of the row, see `RowEncoder`). 32 bytes. */
export function chainHash(digest: Digest, prevHash: Uint8Array, row: ChainedEntry): Uint8Array {
  return createChainHasher(digest)(prevHash, row);
}

/** `chainHash` with one buffer kept between calls, for whoever hashes many rows. */
export function createChainHasher(
  digest: Pick<Digest, "sha256">,
): (prevHash: Uint8Array, row: ChainedEntry) => Uint8Array {
  const encoder = new RowEncoder();
  return (prevHash, row) => digest.sha256(prevHash, encoder.encode(row));
}

/** Why a row does not continue the chain: rows missing or swapped, a wrong predecessor, another node's row, or changed content. */
export type ChainFault = "gap" | "broken_link" | "foreign_node" | "altered";

/** Whether rows form an unbroken chain, and where not. */
export type ChainVerdict =
  | { readonly ok: true; readonly lastHash: Uint8Array; readonly lastSeq: number }
  | { readonly ok: false; readonly seq: number; readonly reason: ChainFault };

/**
 * Checks that `rows` of one node continue the chain after `prevHash` and names the first row that does not. Pages are
 * verified one after the other with `lastHash` and `lastSeq` of the page before; without `afterSeq` the first row's own
 * number is taken, except at the start of the chain.
 */
export function verifyRows(
  digest: Digest,
  prevHash: Uint8Array,
  rows: readonly LedgerRow[],
  afterSeq?: number,
): ChainVerdict {
  const hash = createChainHasher(digest);
  const first = rows[0];
  let lastHash = prevHash;
  let lastSeq = afterSeq ?? (first === undefined || digest.equal(prevHash, chainStart) ? 0 : first.seq - 1);
  for (const row of rows) {
    const fault = (reason: ChainFault): ChainVerdict => ({ ok: false, seq: row.seq, reason });
    if (row.seq !== lastSeq + 1) return fault("gap");
    if (row.nodeId !== first?.nodeId) return fault("foreign_node");
    if (!digest.equal(row.prevHash, lastHash)) return fault("broken_link");
    if (!digest.equal(row.hash, hash(lastHash, row))) return fault("altered");
    lastHash = row.hash;
    lastSeq = row.seq;
  }
  return { ok: true, lastHash, lastSeq };
}
