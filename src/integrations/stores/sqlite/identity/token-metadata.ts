import type { Database } from "bun:sqlite";
import type { KeyId } from "#core/effects/ids.ts";
import { type KeyLimits, type KeyPolicy, tiers } from "#core/identity/key-policy.ts";
import { monthStart } from "#core/limits/quota.ts";
import type { QuotaRecord, QuotaUsage } from "#core/limits/quota-store.ts";

/** Columns of `token_metadata` beside the key's own; all null for a key without a row. */
export interface MetadataRecord {
  readonly tier: string | null;
  readonly priority: number | null;
  readonly best_priority: number | null;
  readonly worst_priority: number | null;
  readonly weight: number | null;
  readonly models: string | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly max_concurrent: number | null;
  readonly quota_mode: "hard" | "soft" | null;
  readonly quota_limit: number | null;
  readonly current_usage: number | null;
  readonly reset_at: number | null;
  readonly month_quota_limit: number | null;
  readonly month_usage: number | null;
  readonly month_reset_at: number | null;
}

/** The columns of `MetadataRecord` as a query names them, of a table called `m`. */
export const metadataColumns = `m.tier, m.priority, m.best_priority, m.worst_priority, m.weight, m.models,
  m.requests_per_minute, m.tokens_per_minute, m.max_concurrent, m.quota_mode, m.quota_limit, m.current_usage,
  m.reset_at, m.month_quota_limit, m.month_usage, m.month_reset_at`;

const dayMs = 86_400_000;

const upsertPolicy = `
  INSERT INTO token_metadata (token_hash, hash_alg, tier, priority, best_priority, worst_priority, weight, models,
    requests_per_minute, tokens_per_minute, max_concurrent, quota_mode, quota_limit, month_quota_limit, created_at,
    updated_at)
  SELECT token_hash, hash_alg, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?2, ?2 FROM api_key WHERE id = ?1
  ON CONFLICT (token_hash) DO UPDATE SET tier = excluded.tier, priority = excluded.priority,
    best_priority = excluded.best_priority, worst_priority = excluded.worst_priority, weight = excluded.weight,
    models = excluded.models, requests_per_minute = excluded.requests_per_minute,
    tokens_per_minute = excluded.tokens_per_minute, max_concurrent = excluded.max_concurrent,
    quota_mode = excluded.quota_mode, quota_limit = excluded.quota_limit,
    month_quota_limit = excluded.month_quota_limit, updated_at = excluded.updated_at`;

const upsertUsage = `
  INSERT INTO token_metadata (token_hash, hash_alg, current_usage, reset_at, month_usage, month_reset_at, created_at,
    updated_at)
  SELECT token_hash, hash_alg, ?2, ?3, ?4, ?5, created_at, created_at FROM api_key WHERE id = ?1
  ON CONFLICT (token_hash) DO UPDATE SET current_usage = excluded.current_usage, reset_at = excluded.reset_at,
    month_usage = excluded.month_usage, month_reset_at = excluded.month_reset_at`;

/** Settles a policy, or none, for a key; what it has used stays. False when there is no such key. */
export function writePolicy(database: Database, id: KeyId, policy: KeyPolicy | undefined, atMs: number): boolean {
  const limits: KeyLimits = policy?.limits ?? {};
  const written = database
    .query(upsertPolicy)
    .run(
      id,
      atMs,
      policy?.tier ?? null,
      policy?.priority ?? null,
      policy?.bestPriority ?? null,
      policy?.worstPriority ?? null,
      policy?.weight ?? null,
      policy?.models === undefined ? null : JSON.stringify(policy.models),
      limits.requestsPerMinute ?? null,
      limits.tokensPerMinute ?? null,
      limits.concurrent ?? null,
      limits.quotaMode ?? null,
      limits.tokensPerDay ?? 0,
      limits.tokensPerMonth ?? 0,
    );
  return written.changes > 0;
}

/** Replaces what keys have used; ids that no key has are passed over. */
export function writeUsage(database: Database, batch: readonly QuotaRecord[]): void {
  const statement = database.query(upsertUsage);
  for (const { keyId, usage } of batch) {
    const { dayStartMs, dayTokens, monthStartMs, monthTokens } = usage;
    statement.run(keyId, dayTokens, dayStartMs + dayMs, monthTokens, monthStart(monthStartMs, 1));
  }
}

/** The policy in a row; undefined when nothing is settled. */
export function toPolicy(record: MetadataRecord): KeyPolicy | undefined {
  const limits: KeyLimits = {
    ...(record.requests_per_minute !== null && { requestsPerMinute: record.requests_per_minute }),
    ...(record.tokens_per_minute !== null && { tokensPerMinute: record.tokens_per_minute }),
    ...(record.max_concurrent !== null && { concurrent: record.max_concurrent }),
    ...((record.quota_limit ?? 0) > 0 && { tokensPerDay: record.quota_limit ?? 0 }),
    ...((record.month_quota_limit ?? 0) > 0 && { tokensPerMonth: record.month_quota_limit ?? 0 }),
    ...(record.quota_mode !== null && { quotaMode: record.quota_mode }),
  };
  const tier = tiers.find((known) => known === record.tier);
  const policy: KeyPolicy = {
    ...(tier !== undefined && { tier }),
    ...(record.priority !== null && { priority: record.priority }),
    ...(record.best_priority !== null && { bestPriority: record.best_priority }),
    ...(record.worst_priority !== null && { worstPriority: record.worst_priority }),
    ...(record.weight !== null && { weight: record.weight }),
    ...(record.models !== null && { models: texts(record.models) }),
    limits,
  };
  const settled = Object.keys(policy).length > 1 || Object.keys(limits).length > 0;
  return settled ? policy : undefined;
}

/** What a key has used; undefined when nothing was ever saved. */
export function toUsage(record: MetadataRecord): QuotaUsage | undefined {
  if (record.reset_at === null || record.month_reset_at === null) return undefined;
  return {
    dayStartMs: record.reset_at - dayMs,
    dayTokens: record.current_usage ?? 0,
    monthStartMs: monthStart(record.month_reset_at, -1),
    monthTokens: record.month_usage ?? 0,
  };
}

/** The texts of a column; whatever else it holds is passed over. */
export function texts(json: string): readonly string[] {
  const listed: readonly unknown[] = JSON.parse(json);
  return listed.filter((text) => typeof text === "string");
}
