import type { ArchivedRows } from "#core/evidence/chain-check.ts";
import type { Anchor } from "#core/evidence/stream.ts";

/**
 * What the signature of an anchor covers, in UTF-8: six lines, each ended by a line feed, so that it can be written and
 * checked with standard tools. The hash is lower-case hexadecimal, the time milliseconds since the epoch.
 */
export function anchorText({ stream, nodeId, seq, hash, atMs }: Omit<Anchor, "signature">): Uint8Array {
  return textOf(["tokligence-anchor-1", stream, nodeId, seq, hash.toHex(), atMs]);
}

/** What the signature of a chain's new beginning covers, written in the same way. */
export function archivedText({
  stream,
  seq,
  hash,
  atMs,
  archivedAtMs,
  file,
}: Omit<ArchivedRows, "signature">): Uint8Array {
  return textOf(["tokligence-archived-1", stream, seq, hash.toHex(), atMs, archivedAtMs, file]);
}

function textOf(lines: readonly (string | number)[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
}
