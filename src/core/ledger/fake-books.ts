import { GatewayError } from "#core/errors.ts";
import type { LedgerEntry, LedgerRow } from "#core/ledger/entry.ts";
import type { LedgerStore, UsageTotal } from "#core/ledger/ledger-store.ts";
import type { Spool } from "#core/ledger/spool.ts";

/** How the next write of a fake ends; undefined when it succeeds. */
export type Verdict = GatewayError | undefined;

/** A `storage_failed` with a reason, as stores report it. */
export function storageFailed(reason: "full" | "readonly" | "busy" | "io"): GatewayError {
  return new GatewayError("storage_failed", `The storage failed: ${reason}.`, { details: { reason } });
}

/** A ledger in memory whose every write ends as `judge` says, for tests of whoever writes the books. */
export class FakeLedgerStore implements LedgerStore {
  readonly entries: LedgerEntry[] = [];
  readonly batches: (readonly LedgerEntry[])[] = [];
  judge: (batch: readonly LedgerEntry[]) => Verdict | Promise<Verdict> = () => undefined;

  async settle(batch: readonly LedgerEntry[]): Promise<void> {
    this.batches.push(batch);
    const verdict = await this.judge(batch);
    if (verdict !== undefined) throw verdict;
    const known = new Set(this.ids);
    this.entries.push(...batch.filter((entry) => !known.has(entry.requestId)));
  }

  get ids(): readonly string[] {
    return this.entries.map((entry) => entry.requestId);
  }

  async summary(): Promise<readonly UsageTotal[]> {
    return [];
  }

  async logs(): Promise<readonly LedgerRow[]> {
    return [];
  }

  async scan(): Promise<readonly LedgerRow[]> {
    return [];
  }
}

/** A spool in memory whose every append ends as `judge` says. */
export class FakeSpool implements Spool {
  entries: LedgerEntry[] = [];
  judge: () => Verdict | Promise<Verdict> = () => undefined;

  async append(entries: readonly LedgerEntry[]): Promise<void> {
    const verdict = await this.judge();
    if (verdict !== undefined) throw verdict;
    this.entries.push(...entries);
  }

  async read(): Promise<readonly LedgerEntry[]> {
    return [...this.entries];
  }

  async clear(): Promise<void> {
    this.entries = [];
  }

  get bytes(): number {
    return this.entries.length * 100;
  }

  get ids(): readonly string[] {
    return this.entries.map((entry) => entry.requestId);
  }
}
