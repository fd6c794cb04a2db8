import type { Settlement } from "#core/ledger/settlement.ts";

/** Rows that a process which is no more could not bring into the books itself. */
export interface LeftRows {
  /** Oldest first; empty where there are none. Rejects with `storage_failed` or `storage_corrupt`. */
  rows(): Promise<readonly Settlement[]>;
  /** Forgets them, durably. */
  forget(): Promise<void>;
}

/** The process that had the books before and gave them away: it ends its calls beside this one. */
export interface Predecessor extends LeftRows {
  /** False for good once it has ended, and where there was none. */
  isAlive(): boolean;
}

/** Nobody had the books before, or whoever had is gone and left nothing. */
export const noPredecessor: Predecessor = {
  isAlive: () => false,
  rows: async () => [],
  forget: async () => undefined,
};

/**
 * Brings left rows into the books and forgets them then; which of them were there before, the books know. Rejects when one could not
 * be recorded; then all are left, and it may be repeated.
 */
export async function enterLeftRows(left: LeftRows, record: (row: Settlement) => Promise<void>): Promise<number> {
  const rows = await left.rows();
  await Promise.all(rows.map(record));
  await left.forget();
  return rows.length;
}
