import type { Digest } from "#core/effects/digest.ts";
import type { Signer } from "#core/effects/signer.ts";
import { anchorText, archivedText } from "#core/evidence/anchor-text.ts";
import { chainStart, type ChainFault } from "#core/ledger/chain.ts";
import type { AnchoredRow, ArchivedRows, ChainCheck } from "#core/evidence/chain-check.ts";
import type { EvidenceStore } from "#core/evidence/evidence-store.ts";
import type { ChainBase, Stream } from "#core/evidence/stream.ts";

/** Why the books do not hold: a fault of the chain, a wrong signed head, rows gone from the end, or money that does not add up. */
export type LedgerFault = ChainFault | "anchor" | "truncated" | "unbalanced";

/** What was found of one chain. */
export interface StreamVerdict {
  readonly stream: Stream;
  /** Rows that hold. */
  readonly rows: number;
  /** Anchors that hold. */
  readonly anchors: number;
  readonly fault?: { readonly seq: number; readonly reason: LedgerFault };
}

/** What verification works with. */
export interface VerifyParts {
  readonly ledger: EvidenceStore;
  readonly signer: Signer;
  readonly digest: Pick<Digest, "equal">;
}

/** Rows of one question to the store, so that reports get their turn in between and memory stays small. */
export const checkPageRows = 20_000;

/**
 * Walks along a chain from where it begins, or from the last anchor before `fromSeq`, and names the first row that does
 * not hold. A chain computed anew from some row on holds in itself; its anchors do not.
 */
export async function verifyStream(parts: VerifyParts, stream: Stream, fromSeq = 1): Promise<StreamVerdict> {
  const { ledger } = parts;
  // Asked before the walk: anchors of rows that are written meanwhile must not look like anchors without rows.
  const [newest] = await ledger.anchors({ stream, limit: 1 });
  const begin = await chainBegin(parts, stream, fromSeq);
  if ("fault" in begin) return { stream, rows: 0, anchors: 0, fault: begin.fault };
  const verdict = await walk(parts, stream, begin);
  const base = await ledger.chainBase(stream);
  // What was archived during the walk is missing from it, and not missing from the books.
  if (verdict.fault !== undefined && base !== undefined && base.seq > verdict.last.seq) {
    return verifyStream(parts, stream, fromSeq);
  }
  const { last, ...found } = verdict;
  const headSeq = found.rows === 0 ? ((await ledger.head(stream))?.seq ?? 0) : last.seq;
  if (found.fault !== undefined || Math.max(newest?.seq ?? 0, begin.seq) <= headSeq) return found;
  return { ...found, fault: { seq: headSeq + 1, reason: "truncated" } };
}

async function walk(parts: VerifyParts, stream: Stream, begin: ChainBase) {
  let [rows, anchors, last] = [0, 0, begin];
  for (;;) {
    const page: ChainCheck = await parts.ledger.checkRows(stream, last, checkPageRows);
    const wrong = page.anchors.find((anchored) => !anchorHolds(parts, anchored));
    rows += wrong === undefined ? page.rows : wrong.anchor.seq - last.seq - 1;
    anchors += wrong === undefined ? page.anchors.length : page.anchors.indexOf(wrong);
    last = page.last;
    const fault = wrong === undefined ? page.fault : ({ seq: wrong.anchor.seq, reason: "anchor" } as const);
    if (fault !== undefined || page.rows === 0) return { stream, rows, anchors, last, ...(fault && { fault }) };
  }
}

/** Where the walk begins. A chain that does not begin at its first row has to say so under our signature. */
async function chainBegin(
  { ledger, signer, digest }: VerifyParts,
  stream: Stream,
  fromSeq: number,
): Promise<ChainBase | { readonly fault: { readonly seq: number; readonly reason: "anchor" } }> {
  const base = await ledger.chainBase(stream);
  if (base !== undefined && !baseHolds({ signer }, base)) return { fault: { seq: base.seq, reason: "anchor" } };
  const first = base ?? { seq: 0, hash: chainStart };
  const [anchor] = await ledger.anchors({ stream, upToSeq: fromSeq - 1, limit: 1 });
  if (anchor === undefined || anchor.seq <= first.seq) return first;
  const isOurs = anchorHolds({ signer, digest }, { anchor, rowHash: anchor.hash });
  return isOurs ? anchor : { fault: { seq: anchor.seq, reason: "anchor" } };
}

/** Whether the beginning of a chain is signed with our key. */
export function baseHolds({ signer }: Pick<VerifyParts, "signer">, base: ArchivedRows): boolean {
  return signer.verify(archivedText(base), base.signature);
}

/** Whether an anchor is signed with our key and says of its row what the books say. */
export function anchorHolds(
  { signer, digest }: Pick<VerifyParts, "signer" | "digest">,
  { anchor, rowHash }: AnchoredRow,
): boolean {
  return digest.equal(anchor.hash, rowHash) && signer.verify(anchorText(anchor), anchor.signature);
}
