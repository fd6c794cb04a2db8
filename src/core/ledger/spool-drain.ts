import type { Settlement } from "#core/ledger/settlement.ts";
import type { Spool } from "#core/ledger/spool.ts";

/**
 * Moves the spool into the books in steps of one batch, oldest first, so that others get their turn in between. The
 * spool is cleared only when all of it is in the books; a crash before that brings them twice, and the books leave
 * out what they have.
 */
export class SpoolDrain {
  readonly #spool: Spool;
  readonly #batchRows: number;
  readonly #settle: (rows: readonly Settlement[]) => Promise<void>;
  /** How many of the oldest of the spool are in the books already. */
  #settled = 0;
  #rest: readonly Settlement[] = [];

  constructor(spool: Spool, batchRows: number, settle: (rows: readonly Settlement[]) => Promise<void>) {
    this.#spool = spool;
    this.#batchRows = batchRows;
    this.#settle = settle;
  }

  /**
   * Settles the next batch and tells whether the spool is empty now. Rejects with the store's or the spool's failure;
   * then the step can be repeated later. Nothing may be appended to the spool while a step runs.
   */
  async step(): Promise<boolean> {
    if (this.#rest.length === 0) this.#rest = (await this.#spool.read()).slice(this.#settled);
    const batch = this.#rest.slice(0, this.#batchRows);
    if (batch.length > 0) {
      await this.#settle(batch);
      this.#settled += batch.length;
      this.#rest = this.#rest.slice(batch.length);
      return false;
    }
    if (this.#spool.bytes > 0) await this.#spool.clear();
    this.#settled = 0;
    return true;
  }
}
