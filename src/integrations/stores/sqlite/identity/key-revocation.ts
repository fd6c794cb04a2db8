import type { Database } from "bun:sqlite";

/**
 * Ends the keys that meet the condition and those that they made, with all secrets that they were rotated from; how many there
 * are. One that ended before keeps its time. Called inside a transaction.
 */
export function revokeKeys(database: Database, where: string, values: readonly string[], atMs: number): number {
  const ending = `WITH RECURSIVE ending (id) AS (SELECT id FROM api_key WHERE ${where}
    UNION SELECT made.id FROM api_key AS made JOIN ending ON made.parent_id = ending.id)`;
  database.query(`${ending} DELETE FROM key_token WHERE key_id IN (SELECT id FROM ending)`).run(...values);
  return database
    .query(`${ending} UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE id IN (SELECT id FROM ending)`)
    .run(...values, atMs).changes;
}
