import type { Database } from "bun:sqlite";
import type { KeyId } from "#core/effects/ids.ts";
import type { KeyDigest } from "#core/identity/api-key.ts";

/** What a key is known by from now on, and how long what it was known by still counts. */
export interface Rotation {
  readonly next: KeyDigest & { readonly prefix: string };
  readonly overlapUntilMs: number;
  readonly nowMs: number;
}

/**
 * Puts a digest in the place of the one that a working key has; no older secret outlives the overlap. False when there is no
 * such key or it has ended. Called inside a transaction.
 */
export function replaceToken(database: Database, id: KeyId, { next, overlapUntilMs, nowMs }: Rotation): boolean {
  const former = database
    .query<{ token_hash: Uint8Array }, [string, number]>(
      "SELECT token_hash FROM api_key WHERE id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
    )
    .get(id, nowMs);
  if (former === null) return false;
  database.query("UPDATE key_token SET valid_until = min(valid_until, ?) WHERE key_id = ?").run(overlapUntilMs, id);
  if (overlapUntilMs > nowMs) {
    database
      .query(
        `INSERT INTO key_token (token_hash, key_id, hash_alg, pepper_id, valid_until)
         SELECT token_hash, id, hash_alg, pepper_id, ? FROM api_key WHERE id = ?`,
      )
      .run(overlapUntilMs, id);
  }
  database.query("DELETE FROM key_token WHERE key_id = ? AND valid_until <= ?").run(id, nowMs);
  // What is settled for the key is filed under its digest: both move, and only the commit looks whether they fit.
  database.run("PRAGMA defer_foreign_keys = ON");
  database
    .query("UPDATE api_key SET token_hash = ?, hash_alg = ?, pepper_id = ?, prefix = ? WHERE id = ?")
    .run(next.tokenHash, next.hashAlg, next.pepperId, next.prefix, id);
  database
    .query("UPDATE token_metadata SET token_hash = ?, hash_alg = ? WHERE token_hash = ?")
    .run(next.tokenHash, next.hashAlg, former.token_hash);
  return true;
}
