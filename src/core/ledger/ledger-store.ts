import type { AuditRow } from "#core/audit/audit-record.ts";
import type {
  ArchivedRows,
  BalanceFault,
  ChainCheck,
  ChainEnd,
  ImportedChain,
  RowsCheck,
} from "#core/evidence/chain-check.ts";
import type { LedgerEntry, LedgerRow, Outcome } from "#core/ledger/entry.ts";
import type { Settled } from "#core/ledger/settled.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { Transfer } from "#core/ledger/transfer.ts";

/** Which rows are asked about; all conditions hold. */
export interface UsageQuery {
  /** Inclusive and exclusive bounds, milliseconds since the epoch, UTC. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly userId?: string;
  readonly teamId?: string;
  readonly keyId?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly direction?: LedgerEntry["direction"];
  /** Only rows of this user or of these teams: what the asker may see. */
  readonly visibleTo?: { readonly userId: string; readonly teamIds: readonly string[] };
}

/** What totals can be split by. `day` and `hour` are starts of windows, milliseconds since the epoch. */
export type UsageGroup = "day" | "hour" | "provider" | "model" | "tenant" | "team" | "user" | "key" | "direction";

/** Totals of one group: a value for each dimension asked for, undefined where rows have none. */
export interface UsageTotal {
  readonly group: Readonly<Partial<Record<UsageGroup, string | number | undefined>>>;
  readonly requests: number;
  readonly failed: number;
  readonly aborted: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNanos: bigint;
  readonly overheadNanos: bigint;
  /** Requests that have tokens but no price: visible, never silently free. */
  readonly unpriced: number;
}

/** A transfer as it stands in its chain. */
export type TransferRow = Transfer & {
  readonly nodeId: string;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
};

/** The rows of each chain. */
export interface StreamRows {
  readonly usage: LedgerRow;
  readonly transfer: TransferRow;
  readonly audit: AuditRow;
}
/** Name of a chain. */
export type Stream = keyof StreamRows;

/** The signed head of a chain. */
export interface Anchor {
  readonly stream: Stream;
  readonly nodeId: string;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly atMs: number;
  /** Ed25519 (RFC 8032) over the text of `anchorText`, 64 bytes. */
  readonly signature: Uint8Array;
}

/** Where a chain begins once its oldest rows were archived: the last row that was taken away. */
export interface ChainBase {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** The books. Rows are only ever added. Every engine passes `test/stores`. */
export interface LedgerStore {
  /**
   * Settles in order, extends the node's hash chains, and resolves when all would survive power loss. An entry whose request
   * id is already in the books is left out with all it brings (delivered twice, counted once). Rejects with
   * `storage_failed`; then nothing of the batch is in the books.
   */
  settle(batch: readonly Settlement[]): Promise<Settled>;
  /** Totals of each group, most requests first, or in order of time where a window of time is asked for. */
  summary(
    query: UsageQuery & { readonly groupBy: readonly UsageGroup[]; readonly limit: number },
  ): Promise<readonly UsageTotal[]>;
  /** Newest first. */
  logs(
    query: UsageQuery & {
      readonly outcome?: Outcome;
      readonly requestId?: string;
      /** Only rows before this one. */
      readonly beforeSeq?: number;
      readonly limit: number;
    },
  ): Promise<readonly LedgerRow[]>;
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
  /** Whether every account is the sum of its transfers, and every priced row of usage has exactly its transfer; the first that is not so. */
  checkBalance(): Promise<BalanceFault | undefined>;
  /** Lets a chain begin after rows that are in the archive. They can be dropped from then on, and only they. */
  moveChainBase(base: ArchivedRows): Promise<void>;
  /** Drops at most `limit` rows of a chain that lie before its beginning, oldest first; how many it were. */
  dropArchivedRows(stream: Stream, limit: number): Promise<number>;
}

/** Which anchors are asked for; all conditions hold. */
export interface AnchorQuery {
  readonly stream?: Stream;
  readonly upToSeq?: number;
  readonly toMs?: number;
  readonly limit: number;
}
