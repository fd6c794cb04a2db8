import type { Settlement } from "#core/ledger/settlement.ts";

/** Where settlements wait, durably and in order, while the books cannot be written. Used by one bookkeeper at a time. */
export interface Spool {
  /** Resolves when all would survive power loss. Rejects with `storage_failed`; then some of them may be kept. */
  append(batch: readonly Settlement[]): Promise<void>;
  /** Everything that waits, oldest first. A half-written last one is left out. */
  read(): Promise<readonly Settlement[]>;
  /** Forgets everything, durably. */
  clear(): Promise<void>;
  /** Size of what waits. */
  readonly bytes: number;
}
