import type { LedgerEntry } from "#core/ledger/entry.ts";

/** Where entries wait, durably and in order, while the books cannot be written. Used by one bookkeeper at a time. */
export interface Spool {
  /** Resolves when the entries would survive power loss. Rejects with `storage_failed`; then some of them may be kept. */
  append(entries: readonly LedgerEntry[]): Promise<void>;
  /** Everything that waits, oldest first. A half-written last entry is left out. */
  read(): Promise<readonly LedgerEntry[]>;
  /** Forgets everything, durably. */
  clear(): Promise<void>;
  /** Size of what waits. */
  readonly bytes: number;
}
