import type {
  ArchivedRows,
  BalanceFault,
  ChainCheck,
  ChainEnd,
  ImportedChain,
  RowsCheck,
} from "#core/evidence/chain-check.ts";
import type { Anchor, ChainBase, Stream, StreamRows } from "#core/evidence/stream.ts";

/** Which anchors are asked for; all conditions hold. */
export interface AnchorQuery {
  readonly stream?: Stream;
  readonly upToSeq?: number;
  readonly toMs?: number;
  readonly limit: number;
}

/** The chains of the books: what they are checked by and where they begin. Every engine passes `test/stores`. */
export interface EvidenceStore {
  /** Rows of a chain in its order, in pages. */
  scan<Name extends Stream>(stream: Name, afterSeq: number, limit: number): Promise<readonly StreamRows[Name][]>;
  /** The newest row's number and hash; undefined while the chain is empty. */
  head(stream: Stream): Promise<ChainBase | undefined>;
  /** Where the chain begins; undefined while nothing was archived. */
  chainBase(stream: Stream): Promise<ArchivedRows | undefined>;
  /** The end of every chain that has rows. */
  chainEnds(): Promise<readonly ChainEnd[]>;
  /** Adds an anchor; a row that has one already keeps that. */
  appendAnchor(anchor: Anchor): Promise<void>;
  /** Newest first, of one chain or all; only those of rows up to `upToSeq`, and no younger than `toMs`. */
  anchors(query: AnchorQuery): Promise<readonly Anchor[]>;
  /** Walks along at most `limit` rows after `after`, computes every hash again and stops at the first row that does not hold. */
  checkRows(stream: Stream, after: ChainBase, limit: number): Promise<ChainCheck>;
  /** Chains of other gateways whose books were imported. */
  importedChains(): Promise<readonly ImportedChain[]>;
  /**
   * As `checkRows`, for an imported chain, from its beginning without `after`. Rows that its gateway had archived before may be
   * missing; its anchors are not looked at, for they are signed with its key.
   */
  checkImportedRows(chain: ImportedChain, after: ChainBase | undefined, limit: number): Promise<RowsCheck>;
  /**
   * Whether every account is the sum of its transfers, and every priced row of usage has exactly its transfer; the first that is
   * not so. One pass along all of them, for which nothing else waits.
   */
  checkBalance(): Promise<BalanceFault | undefined>;
  /** Lets a chain begin after rows that are in the archive. They can be dropped from then on, and only they. */
  moveChainBase(base: ArchivedRows): Promise<void>;
  /** Drops at most `limit` rows of a chain that lie before its beginning, oldest first; how many it were. */
  dropArchivedRows(stream: Stream, limit: number): Promise<number>;
}
