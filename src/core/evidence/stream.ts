import type { AuditRow } from "#core/audit/audit-record.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";
import type { TransferRow } from "#core/ledger/transfer-chain.ts";

/** The chains of the books. */
export const streams = ["usage", "transfer", "audit"] as const;
/** Name of a chain. */
export type Stream = (typeof streams)[number];

/** The rows of each chain. */
export interface StreamRows {
  readonly usage: LedgerRow;
  readonly transfer: TransferRow;
  readonly audit: AuditRow;
}

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
