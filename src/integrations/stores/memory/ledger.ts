import type { Digest } from "#core/effects/digest.ts";
import { chainHash, chainStart } from "#core/ledger/chain.ts";
import type { LedgerEntry, LedgerRow } from "#core/ledger/entry.ts";
import type { LedgerStore, UsageQuery, UsageTotal } from "#core/ledger/ledger-store.ts";

/** Books that last as long as the process; the chain is the same as on disk. */
export class MemoryLedgerStore implements LedgerStore {
  readonly #digest: Digest;
  readonly #nodeId: string;
  readonly #rows: LedgerRow[] = [];
  readonly #requestIds = new Set<string>();

  constructor(digest: Digest, nodeId: string) {
    this.#digest = digest;
    this.#nodeId = nodeId;
  }

  async settle(batch: readonly LedgerEntry[]): Promise<void> {
    for (const entry of batch) {
      if (this.#requestIds.has(entry.requestId)) continue;
      this.#requestIds.add(entry.requestId);
      this.#append(entry);
    }
  }

  async summary(query: UsageQuery): Promise<readonly UsageTotal[]> {
    const totals = new Map<string, UsageTotal>();
    for (const row of this.#within(query)) {
      const model = row.model ?? row.requestedModel;
      const key = JSON.stringify([row.provider, model]);
      totals.set(key, added(totals.get(key) ?? emptyTotal(row.provider, model), row));
    }
    return [...totals.values()].sort(
      (a, b) => b.requests - a.requests || ordered(a.provider ?? "", b.provider ?? "") || ordered(a.model, b.model),
    );
  }

  async logs(query: UsageQuery & { readonly limit: number }): Promise<readonly LedgerRow[]> {
    // Rows are in the order of `atMs` and `seq` already.
    return this.#within(query).reverse().slice(0, query.limit);
  }

  async scan(nodeId: string, afterSeq: number, limit: number): Promise<readonly LedgerRow[]> {
    return nodeId === this.#nodeId ? this.#rows.slice(afterSeq, afterSeq + limit) : [];
  }

  #append(entry: LedgerEntry): void {
    const last = this.#rows.at(-1);
    const prevHash = last?.hash ?? chainStart;
    const atMs = Math.max(last?.atMs ?? entry.atMs, entry.atMs);
    const chained = { ...entry, atMs, nodeId: this.#nodeId, seq: this.#rows.length + 1 };
    this.#rows.push({ ...chained, prevHash, hash: chainHash(this.#digest, prevHash, chained) });
  }

  #within({ fromMs = -Infinity, toMs = Infinity }: UsageQuery): LedgerRow[] {
    return this.#rows.filter((row) => row.atMs >= fromMs && row.atMs < toMs);
  }
}

function emptyTotal(provider: string | undefined, model: string): UsageTotal {
  return {
    provider,
    model,
    requests: 0,
    failed: 0,
    aborted: 0,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    costNanos: 0n,
    unpriced: 0,
  };
}

function added(total: UsageTotal, row: LedgerRow): UsageTotal {
  const tokens = (row.inputTokens ?? 0) + (row.outputTokens ?? 0);
  return {
    ...total,
    requests: total.requests + 1,
    failed: total.failed + Number(row.outcome === "failed"),
    aborted: total.aborted + Number(row.outcome === "aborted"),
    inputTokens: total.inputTokens + (row.inputTokens ?? 0),
    cachedTokens: total.cachedTokens + (row.cachedTokens ?? 0),
    outputTokens: total.outputTokens + (row.outputTokens ?? 0),
    reasoningTokens: total.reasoningTokens + (row.reasoningTokens ?? 0),
    costNanos: total.costNanos + (row.costNanos ?? 0n),
    unpriced: total.unpriced + Number(row.costNanos === undefined && tokens > 0),
  };
}

function ordered(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
