import type { ChainFault } from "#core/ledger/chain.ts";
import type { Anchor, ChainBase, Stream } from "#core/evidence/stream.ts";

/** An anchor and the hash that its row has in the books. */
export interface AnchoredRow {
  readonly anchor: Anchor;
  readonly rowHash: Uint8Array;
}

/** The closed chain of another gateway that came in with an archive. */
export interface ImportedChain {
  readonly nodeId: string;
  readonly stream: Stream;
}

/** What a walk along some rows of a chain found. */
export interface RowsCheck {
  /** How many rows hold. */
  readonly rows: number;
  /** The last row that holds; where the walk began when there is none. */
  readonly last: ChainBase;
  /** The first row that does not hold. */
  readonly fault?: { readonly seq: number; readonly reason: ChainFault };
}

/** What a walk along some rows of the own chain found. */
export interface ChainCheck extends RowsCheck {
  /** Anchors of the rows that hold, in their order. */
  readonly anchors: readonly AnchoredRow[];
}

/** The first row that the money of the books does not agree with, and its stream. */
export interface BalanceFault {
  readonly stream: Stream;
  readonly seq: number;
}

/** A new beginning of a chain: everything up to it lies in the archive. */
export interface ArchivedRows extends ChainBase {
  readonly stream: Stream;
  /** Time of that row, and time of its archiving. */
  readonly atMs: number;
  readonly archivedAtMs: number;
  /** Name of the archive's file. */
  readonly file: string;
  /** Ed25519 over `archivedText`, so that nobody can call archived what was deleted. 64 bytes. */
  readonly signature: Uint8Array;
}

/** Where a chain ends now, and up to where it is anchored. */
export interface ChainEnd extends ChainBase {
  readonly stream: Stream;
  readonly nodeId: string;
  /** 0 when it never was. */
  readonly anchoredSeq: number;
  /** Time of the last anchor; of the chain's first row before there is one. */
  readonly sinceMs: number;
}
