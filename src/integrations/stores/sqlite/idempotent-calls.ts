import type { Database } from "bun:sqlite";
import type { BegunCall, IdempotencyStore, IdempotentRecord } from "#core/idempotency/idempotency-store.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

interface CallRecord {
  readonly fingerprint: Uint8Array;
  readonly state: IdempotentRecord["state"];
  readonly answer: Uint8Array | null;
}

interface Ended {
  readonly id: Uint8Array;
  readonly answer: Uint8Array | undefined;
}

/** The table `idempotent_call`, on the writer's thread. Promises of `IdempotencyStore`, kept synchronously. */
export function idempotencyCalls(database: Database, commits: Commits): AtOnce<IdempotencyStore> {
  const begin = commits.durable(({ id, fingerprint, atMs, expiresAtMs }: BegunCall) => {
    database.query("DELETE FROM idempotent_call WHERE id = ? AND expires_at <= ?").run(id, atMs);
    const sql = `INSERT OR IGNORE INTO idempotent_call (id, fingerprint, state, expires_at) VALUES (?, ?, 'begun', ?)`;
    return database.query(sql).run(id, fingerprint, expiresAtMs).changes === 1;
  });
  const end = commits.durable(({ id, answer }: Ended) => {
    const state = answer === undefined ? "not_kept" : "answered";
    database.query("UPDATE idempotent_call SET state = ?, answer = ? WHERE id = ?").run(state, answer ?? null, id);
  });
  const forget = commits.durable((id: Uint8Array) => {
    database.query("DELETE FROM idempotent_call WHERE id = ?").run(id);
  });
  const sweep = commits.durable(({ nowMs, limit }: { readonly nowMs: number; readonly limit: number }) => {
    const over = "SELECT id FROM idempotent_call WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";
    return database.query(`DELETE FROM idempotent_call WHERE id IN (${over})`).run(nowMs, limit).changes;
  });
  return {
    findIdempotent(id, nowMs) {
      const sql = "SELECT fingerprint, state, answer FROM idempotent_call WHERE id = ? AND expires_at > ?";
      const found = database.query<CallRecord, [Uint8Array, number]>(sql).get(id, nowMs);
      if (found === null) return undefined;
      const { fingerprint, state, answer } = found;
      return { fingerprint, state, ...(answer !== null && { answer }) };
    },
    beginIdempotent: begin,
    endIdempotent: (id, answer) => end({ id, answer }),
    forgetIdempotent: forget,
    sweepIdempotent: (nowMs, limit) => sweep({ nowMs, limit }),
  };
}
