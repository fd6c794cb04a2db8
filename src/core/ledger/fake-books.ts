import { GatewayError } from "#core/errors.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import type { Settled } from "#core/ledger/settled.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { Spool } from "#core/ledger/spool.ts";

/** How the next write of a fake ends; undefined when it succeeds. */
export type Verdict = GatewayError | undefined;

/** A `storage_failed` with a reason, as stores report it. */
export function storageFailed(reason: "full" | "readonly" | "busy" | "io"): GatewayError {
  return new GatewayError("storage_failed", `The storage failed: ${reason}.`, { details: { reason } });
}

/** A ledger in memory whose every write ends as `judge` says, for tests of whoever writes the books. */
export class FakeLedgerStore implements Pick<LedgerStore, "settle"> {
  readonly entries: LedgerEntry[] = [];
  readonly batches: (readonly Settlement[])[] = [];
  judge: (batch: readonly Settlement[]) => Verdict | Promise<Verdict> = () => undefined;
  /** What every batch that succeeds is answered. */
  settled: Settled = { overruns: [], passed: [] };

  async settle(batch: readonly Settlement[]): Promise<Settled> {
    this.batches.push(batch);
    const verdict = await this.judge(batch);
    if (verdict !== undefined) throw verdict;
    const known = new Set(this.ids);
    this.entries.push(...batch.map(({ entry }) => entry).filter(({ requestId }) => !known.has(requestId)));
    return this.settled;
  }

  get ids(): readonly string[] {
    return this.entries.map((entry) => entry.requestId);
  }
}

/** A spool in memory whose every append ends as `judge` says. */
export class FakeSpool implements Spool {
  settlements: Settlement[] = [];
  judge: () => Verdict | Promise<Verdict> = () => undefined;

  async append(batch: readonly Settlement[]): Promise<void> {
    const verdict = await this.judge();
    if (verdict !== undefined) throw verdict;
    this.settlements.push(...batch);
  }

  async read(): Promise<readonly Settlement[]> {
    return [...this.settlements];
  }

  async clear(): Promise<void> {
    this.settlements = [];
  }

  get bytes(): number {
    return this.settlements.length * 100;
  }

  get ids(): readonly string[] {
    return this.settlements.map(({ entry }) => entry.requestId);
  }
}
