import type { KeyId } from "#core/effects/ids.ts";
import { usageAt, withTokens } from "#core/limits/quota.ts";
import type { QuotaRecord, QuotaUsage } from "#core/limits/quota-store.ts";

interface Entry {
  usage: QuotaUsage;
}

/**
 * What every key with a quota has taken, calls under way included. Nothing is forgotten while the process runs, since the
 * store knows less; there is one entry for each key that has a quota and has called.
 */
export class QuotaUsages {
  readonly #entries = new Map<KeyId, Entry>();
  readonly #changed = new Set<KeyId>();
  #onChange = (): void => {};

  /** Calls `listener` at the first change after `takeChanges`. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /**
   * The usage of a key now. `told` is what the store knew, and counts for a key not heard of before alone: what the store
   * tells later is at best what was known here, at worst an estimate that has been settled since.
   */
  of(keyId: KeyId, told: QuotaUsage | undefined, nowMs: number): QuotaUsage {
    const entry = this.#entries.get(keyId);
    if (entry === undefined) {
      const usage = usageAt(told, nowMs);
      this.#entries.set(keyId, { usage });
      return usage;
    }
    entry.usage = usageAt(entry.usage, nowMs);
    return entry.usage;
  }

  /** Adds tokens, or takes them back when negative, in the windows that were open at `since`. */
  add(keyId: KeyId, tokens: number, since: QuotaUsage): { readonly before: QuotaUsage; readonly after: QuotaUsage } {
    const entry = this.#entries.get(keyId) ?? { usage: since };
    const before = entry.usage;
    entry.usage = withTokens(before, tokens, since);
    this.#entries.set(keyId, entry);
    const isFirst = this.#changed.size === 0;
    this.#changed.add(keyId);
    if (isFirst) this.#onChange();
    return { before, after: entry.usage };
  }

  /** Keys whose usage has changed since `takeChanges`. */
  get unkept(): number {
    return this.#changed.size;
  }

  /** What has changed since it was last asked. */
  takeChanges(): readonly QuotaRecord[] {
    const records: QuotaRecord[] = [];
    for (const keyId of this.#changed) {
      const entry = this.#entries.get(keyId);
      if (entry !== undefined) records.push({ keyId, usage: entry.usage });
    }
    this.#changed.clear();
    return records;
  }

  /** Changes that could not be kept count as changes again. */
  putBack(records: readonly QuotaRecord[]): void {
    for (const { keyId } of records) this.#changed.add(keyId);
  }
}
