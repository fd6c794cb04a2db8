import { anchorText } from "#core/evidence/anchor-text.ts";
import { baseHolds, type VerifyParts } from "#core/evidence/verify.ts";
import type { Anchor } from "#core/evidence/stream.ts";

/**
 * Why an anchor from elsewhere and the books do not agree: it is not signed with our key, these are the books of another
 * node, its row has another hash, or its row is missing.
 */
export type AnchorFault = "forged" | "foreign_node" | "anchor" | "truncated";

/** What was found of anchors that were kept outside the database. */
export interface AnchorsVerdict {
  /** Those whose rows lie in the archive, so that there is nothing here to compare them with. */
  readonly archived: number;
  readonly faults: readonly { readonly anchor: Anchor; readonly reason: AnchorFault }[];
}

/**
 * Compares anchors that were kept outside the database with the books: whoever has computed a chain anew or cut its end can
 * take the anchors out of the database, and not out of there. Rows between them are for `verifyBooks`.
 */
export async function verifyAnchors(parts: VerifyParts, anchors: readonly Anchor[]): Promise<AnchorsVerdict> {
  const nodeId = (await parts.ledger.chainEnds())[0]?.nodeId;
  const faults: { anchor: Anchor; reason: AnchorFault }[] = [];
  let archived = 0;
  for (const anchor of anchors) {
    const found = await compare(parts, anchor, nodeId);
    if (found === "archived") archived += 1;
    else if (found !== "holds") faults.push({ anchor, reason: found });
  }
  return { archived, faults };
}

async function compare(
  parts: VerifyParts,
  anchor: Anchor,
  nodeId: string | undefined,
): Promise<AnchorFault | "holds" | "archived"> {
  const { ledger, signer, digest } = parts;
  if (!signer.verify(anchorText(anchor), anchor.signature)) return "forged";
  if (nodeId !== undefined && anchor.nodeId !== nodeId) return "foreign_node";
  const [row] = await ledger.scan(anchor.stream, anchor.seq - 1, 1);
  if (row?.seq === anchor.seq) return digest.equal(row.hash, anchor.hash) ? "holds" : "anchor";
  // Asked after the row: it may have been archived in between.
  const base = await ledger.chainBase(anchor.stream);
  if (base === undefined || base.seq < anchor.seq || !baseHolds(parts, base)) return "truncated";
  if (base.seq > anchor.seq) return "archived";
  return digest.equal(base.hash, anchor.hash) ? "holds" : "anchor";
}
