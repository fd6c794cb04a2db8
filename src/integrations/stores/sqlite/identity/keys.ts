import type { Database } from "bun:sqlite";
import type { Trail } from "#core/audit/trail.ts";
import type { KeyId } from "#core/effects/ids.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { IdentityStore, KeyChange } from "#core/identity/identity-store.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { keyReads } from "#integrations/stores/sqlite/identity/key-reads.ts";
import { revokeKeys } from "#integrations/stores/sqlite/identity/key-revocation.ts";
import { replaceToken } from "#integrations/stores/sqlite/identity/key-rotation.ts";
import { insertKey, writeKey } from "#integrations/stores/sqlite/identity/key-writes.ts";
import { writeUsage } from "#integrations/stores/sqlite/identity/token-metadata.ts";
import type { TrailTables } from "#integrations/stores/sqlite/trail.ts";
import type { UserCalls } from "#integrations/stores/sqlite/identity/users.ts";
import type { TeamCalls } from "#integrations/stores/sqlite/identity/teams.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

/** What `IdentityStore` promises about keys. */
export type KeyCalls = Omit<AtOnce<IdentityStore>, keyof UserCalls | keyof TeamCalls>;

interface NewKey {
  readonly key: ApiKey;
  readonly digest: KeyDigest;
  readonly trail: Trail;
}

/** The tables `api_key`, `key_token`, `key_label` and `token_metadata`, on the writer's thread. */
export function keyCalls(database: Database, commits: Commits, trails: TrailTables): KeyCalls {
  /** `work` on a key in a transaction; its trail is written where it changed something. */
  const traced = <Input>(
    work: (id: KeyId, input: Input) => boolean,
  ): ((id: KeyId, input: Input, trail: Trail) => boolean) => {
    const durably = commits.durable(({ id, input, trail }: { id: KeyId; input: Input; trail: Trail }) => {
      const changed = work(id, input);
      if (changed) trails.write(trail);
      return changed;
    });
    return (id, input, trail) => durably({ id, input, trail });
  };
  const create = commits.durable(({ key, digest, trail }: NewKey) => {
    insertKey(database, key, digest);
    trails.write(trail);
  });
  const update = traced((id, { change, atMs }: { change: KeyChange; atMs: number }) =>
    writeKey(database, id, change, atMs),
  );
  const revoke = traced((id, atMs: number) => revokeKeys(database, "id = ? OR parent_id = ?", [id, id], atMs) > 0);
  const rotate = traced((id, rotation: Parameters<typeof replaceToken>[2]) => replaceToken(database, id, rotation));
  return {
    ...keyReads(database),
    createKey: (key, digest, trail) => create({ key, digest, trail }),
    updateKey: (id, change, atMs, trail) => update(id, { change, atMs }, trail),
    revokeKey: (id, atMs, trail) => revoke(id, atMs, trail),
    rotateKey: (id, next, overlapUntilMs, trail) =>
      rotate(id, { next, overlapUntilMs, nowMs: trail.audit.atMs }, trail),
    saveQuotaUsage: commits.durable((batch) => writeUsage(database, batch)),
    saveLastUsed: commits.durable((batch) => {
      const used = database.query("UPDATE api_key SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?");
      for (const { keyId, atMs } of batch) used.run(atMs, keyId);
    }),
  };
}
