import type { Database } from "bun:sqlite";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { keyReads } from "#integrations/stores/sqlite/identity/key-reads.ts";
import { revokeKeys } from "#integrations/stores/sqlite/identity/key-revocation.ts";
import { replaceToken } from "#integrations/stores/sqlite/identity/key-rotation.ts";
import { insertKey, writeKey } from "#integrations/stores/sqlite/identity/key-writes.ts";
import { writeUsage } from "#integrations/stores/sqlite/identity/token-metadata.ts";
import { traced, type TrailTables } from "#integrations/stores/sqlite/trail.ts";
import type { UserCalls } from "#integrations/stores/sqlite/identity/users.ts";
import type { TeamCalls } from "#integrations/stores/sqlite/identity/teams.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

/** What `IdentityStore` promises about keys. */
export type KeyCalls = Omit<AtOnce<IdentityStore>, keyof UserCalls | keyof TeamCalls>;

/** The tables `api_key`, `key_token`, `key_label` and `token_metadata`, on the writer's thread. */
export function keyCalls(database: Database, commits: Commits, trails: TrailTables): KeyCalls {
  return {
    ...keyReads(database),
    createKey: traced(commits, trails, (key, digest) => insertKey(database, key, digest)),
    updateKey: traced(commits, trails, (id, change, atMs) => writeKey(database, id, change, atMs)),
    revokeKey: traced(commits, trails, (id, atMs) => revokeKeys(database, "id = ?", [id], atMs) > 0),
    rotateKey: traced(commits, trails, (id, next, overlapUntilMs, { audit }) =>
      replaceToken(database, id, { next, overlapUntilMs, nowMs: audit.atMs }),
    ),
    saveQuotaUsage: commits.durable((batch) => writeUsage(database, batch)),
    saveLastUsed: commits.durable((batch) => {
      const used = database.query("UPDATE api_key SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?");
      for (const { keyId, atMs } of batch) used.run(atMs, keyId);
    }),
  };
}
