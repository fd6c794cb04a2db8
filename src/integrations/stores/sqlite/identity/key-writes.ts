import type { Database } from "bun:sqlite";
import type { KeyId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { KeyChange } from "#core/identity/identity-store.ts";
import { isDangling, isDuplicate } from "#integrations/stores/sqlite/constraint.ts";
import { textsText } from "#integrations/stores/sqlite/identity/identity-records.ts";
import { writePolicy } from "#integrations/stores/sqlite/identity/token-metadata.ts";

/**
 * Adds a key with its labels and policy. Throws `not_found` without its owner; `conflict` where it exists, its owner is not in
 * its team or the key that made it was revoked. Called inside a transaction.
 */
export function insertKey(database: Database, key: ApiKey, digest: KeyDigest): void {
  refuseLostGround(database, key);
  try {
    database
      .query(
        `INSERT INTO api_key (id, user_id, tenant_id, team_id, parent_id, name, token_hash, hash_alg, pepper_id, prefix,
         scopes, labels, addresses, last_used_at, created_at, expires_at, revoked_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        key.id,
        key.userId,
        key.tenantId,
        key.teamId ?? null,
        key.parentId ?? null,
        key.name,
        digest.tokenHash,
        digest.hashAlg,
        digest.pepperId,
        key.prefix,
        JSON.stringify(key.scopes),
        textsText(key.labels),
        textsText(key.addresses),
        key.lastUsedAtMs ?? null,
        key.createdAtMs,
        key.expiresAtMs ?? null,
        key.revokedAtMs ?? null,
      );
    writeLabels(database, key.id, key.labels ?? []);
    if (key.policy !== undefined) writePolicy(database, key.id, key.policy, key.createdAtMs);
  } catch (cause) {
    if (isDuplicate(cause)) throw new GatewayError("conflict", `The key ${key.id} exists already.`, { cause });
    if (isDangling(cause)) throw new GatewayError("not_found", `There is no user ${key.userId}.`, { cause });
    throw cause;
  }
}

/** Makes a change of a key; false when there is no such key. Called inside a transaction. */
export function writeKey(database: Database, id: KeyId, change: KeyChange, atMs: number): boolean {
  const { name, labels, addresses, expiresAtMs, policy } = change;
  const written = database
    .query(
      `UPDATE api_key SET name = coalesce(?2, name), labels = CASE WHEN ?3 THEN ?4 ELSE labels END,
       addresses = CASE WHEN ?5 THEN ?6 ELSE addresses END, expires_at = CASE WHEN ?7 THEN ?8 ELSE expires_at END
       WHERE id = ?1`,
    )
    .run(
      id,
      name ?? null,
      labels !== undefined,
      textsText(labels),
      addresses !== undefined,
      textsText(addresses),
      expiresAtMs !== undefined,
      expiresAtMs ?? null,
    );
  if (written.changes === 0) return false;
  if (labels !== undefined) writeLabels(database, id, labels);
  if (policy !== undefined) writePolicy(database, id, policy ?? undefined, atMs);
  return true;
}

function writeLabels(database: Database, id: KeyId, labels: readonly string[]): void {
  database.query("DELETE FROM key_label WHERE key_id = ?").run(id);
  const insert = database.query("INSERT OR IGNORE INTO key_label (label, key_id) VALUES (?, ?)");
  for (const label of labels) insert.run(label, id);
}

/** What was looked up before the key was made may have changed until it is written. */
function refuseLostGround(database: Database, { userId, teamId, parentId }: ApiKey): void {
  if (teamId !== undefined) {
    const membership = database.query("SELECT 1 FROM membership WHERE team_id = ? AND user_id = ?");
    if (membership.get(teamId, userId) === null) {
      throw new GatewayError("conflict", `The user ${userId} is no member of the team ${teamId}.`);
    }
  }
  if (parentId === undefined) return;
  const revoked = database.query("SELECT 1 FROM api_key WHERE id = ? AND revoked_at IS NOT NULL");
  if (revoked.get(parentId) !== null) {
    throw new GatewayError("conflict", `The key ${parentId}, which makes this one, was revoked.`);
  }
}
