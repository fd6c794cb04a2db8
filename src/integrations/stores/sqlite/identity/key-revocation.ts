import type { Database } from "bun:sqlite";

/**
 * Ends the keys that meet the condition, with all secrets that they were rotated from; how many there are. One that ended
 * before keeps its time. Called inside a transaction.
 */
export function revokeKeys(database: Database, where: string, values: readonly string[], atMs: number): number {
  database.query(`DELETE FROM key_token WHERE key_id IN (SELECT id FROM api_key WHERE ${where})`).run(...values);
  return database.query(`UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE ${where}`).run(atMs, ...values)
    .changes;
}
