import type { Digest } from "#core/effects/digest.ts";
import { type ChainFault, chainStart, createChainHasher } from "#core/ledger/chain.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";

/**
 * The first row that does not continue the chain of those before it, from the chain's start on; undefined when all do. Read
 * from rows as a store gives them, without the store's own check.
 */
export function brokenRow(
  digest: Digest,
  rows: readonly LedgerRow[],
): { readonly seq: number; readonly reason: ChainFault } | undefined {
  const hash = createChainHasher(digest);
  let [lastSeq, lastHash] = [0, chainStart];
  for (const row of rows) {
    const { seq } = row;
    if (seq !== lastSeq + 1) return { seq, reason: "gap" };
    if (row.nodeId !== rows[0]?.nodeId) return { seq, reason: "foreign_node" };
    if (!digest.equal(row.prevHash, lastHash)) return { seq, reason: "broken_link" };
    if (!digest.equal(row.hash, hash(lastHash, row))) return { seq, reason: "altered" };
    [lastSeq, lastHash] = [seq, row.hash];
  }
  return undefined;
}
