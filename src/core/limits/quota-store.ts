import type { KeyId } from "#core/effects/ids.ts";

/** Tokens that a key has taken in the day and the month it last called in; both windows begin at 00:00 UTC. */
export interface QuotaUsage {
  readonly dayStartMs: number;
  readonly dayTokens: number;
  readonly monthStartMs: number;
  readonly monthTokens: number;
}

/** The usage of one key. */
export interface QuotaRecord {
  readonly keyId: KeyId;
  readonly usage: QuotaUsage;
}

/** Keeps the usage of keys over restarts. What it kept comes back with the key, as `Principal.quotaUsage`. */
export interface QuotaStore {
  /** Replaces the usage of these keys; unknown ones are passed over. Rejects with `storage_failed`: none is then kept. */
  saveQuotaUsage(batch: readonly QuotaRecord[]): Promise<void>;
}
