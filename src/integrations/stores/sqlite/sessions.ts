import type { Database } from "bun:sqlite";
import type { AuditRecord } from "#core/audit/audit-record.ts";
import type { SessionId, UserId } from "#core/effects/ids.ts";
import { sessionIdleMs } from "#core/session/session-life.ts";
import type { CodeTry, LoginCode, Session, SessionStore } from "#core/session/session-store.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { toUser, type UserRecord } from "#integrations/stores/sqlite/identity/identity-records.ts";
import { TrailTables } from "#integrations/stores/sqlite/trail.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

interface CodeRecord {
  readonly user_id: string;
  readonly code_hash: Uint8Array;
  readonly expires_at: number;
  readonly tries_left: number;
}

interface SessionRecord {
  readonly id: string;
  readonly user_id: string;
  readonly token_hash: Uint8Array;
  readonly created_at: number;
  readonly last_seen_at: number;
  readonly expires_at: number;
}

interface Tried {
  readonly challengeHash: Uint8Array;
  readonly codeHash: Uint8Array;
  readonly nowMs: number;
}

/** The tables `login_code` and `session`, on the writer's thread. Promises of `SessionStore`, kept synchronously. */
export function sessionCalls(database: Database, commits: Commits): AtOnce<SessionStore> {
  const trails = new TrailTables(database);
  const save = commits.durable((code: LoginCode) => insertCode(database, code));
  const tryIt = commits.durable((tried: Tried) => useTry(database, tried));
  const create = commits.durable((begun: { readonly session: Session; readonly audit: AuditRecord }) => {
    insertSession(database, begun.session);
    database.query("DELETE FROM login_code WHERE user_id = ?").run(begun.session.userId);
    trails.append(begun.audit);
  });
  const end = commits.durable((ended: { readonly id: SessionId; readonly audit: AuditRecord }) => {
    const wasThere = database.query("DELETE FROM session WHERE id = ?").run(ended.id).changes > 0;
    if (wasThere) trails.append(ended.audit);
    return wasThere;
  });
  const touch = commits.durable((seen: { readonly id: SessionId; readonly atMs: number }) => {
    database.query("UPDATE session SET last_seen_at = max(last_seen_at, ?) WHERE id = ?").run(seen.atMs, seen.id);
  });
  const endAll = commits.durable((ended: { readonly userId: UserId; readonly audit: AuditRecord }) => {
    const sessions = database.query("DELETE FROM session WHERE user_id = ?").run(ended.userId).changes;
    const codes = database.query("DELETE FROM login_code WHERE user_id = ?").run(ended.userId).changes;
    if (sessions + codes > 0) trails.append(ended.audit);
    return sessions;
  });
  const sweep = commits.durable(({ nowMs, limit }: { readonly nowMs: number; readonly limit: number }) =>
    forgetEnded(database, nowMs, limit),
  );
  return {
    saveCode: save,
    tryCode: (challengeHash, codeHash, nowMs) => tryIt({ challengeHash, codeHash, nowMs }),
    createSession: (session, audit) => create({ session, audit }),
    findSession: (tokenHash) => findSession(database, tokenHash),
    touchSession: (id, atMs) => touch({ id, atMs }),
    endSession: (id, audit) => end({ id, audit }),
    endSessionsOf: (userId, audit) => endAll({ userId, audit }),
    sweepSessions: (nowMs, limit) => sweep({ nowMs, limit }),
  };
}

function insertCode(database: Database, code: LoginCode): void {
  const { challengeHash, userId, codeHash, createdAtMs, expiresAtMs, triesLeft } = code;
  database.query("DELETE FROM login_code WHERE user_id = ? AND expires_at <= ?").run(userId, createdAtMs);
  database
    .query(
      `INSERT INTO login_code (challenge_hash, user_id, code_hash, created_at, expires_at, tries_left)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(challengeHash, userId, codeHash, createdAtMs, expiresAtMs, triesLeft);
}

function useTry(database: Database, { challengeHash, codeHash, nowMs }: Tried): CodeTry {
  const code = database
    .query<CodeRecord, [Uint8Array]>("SELECT * FROM login_code WHERE challenge_hash = ?")
    .get(challengeHash);
  if (code === null || code.expires_at <= nowMs) return { outcome: "unknown" };
  const userId = code.user_id as UserId;
  // Both are HMACs under a key that nobody outside has: how long comparing them takes tells nothing.
  const isRight = codeHash.toHex() === code.code_hash.toHex();
  if (isRight || code.tries_left === 1) {
    database.query("DELETE FROM login_code WHERE challenge_hash = ?").run(challengeHash);
    return { outcome: isRight ? "right" : "used_up", userId };
  }
  database.query("UPDATE login_code SET tries_left = tries_left - 1 WHERE challenge_hash = ?").run(challengeHash);
  return { outcome: "wrong", userId };
}

function insertSession(database: Database, session: Session): void {
  const { id, userId, tokenHash, createdAtMs, lastSeenAtMs, expiresAtMs } = session;
  database
    .query(
      "INSERT INTO session (id, user_id, token_hash, created_at, last_seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(id, userId, tokenHash, createdAtMs, lastSeenAtMs, expiresAtMs);
}

function findSession(database: Database, tokenHash: Uint8Array) {
  const record = database
    .query<SessionRecord, [Uint8Array]>("SELECT * FROM session WHERE token_hash = ?")
    .get(tokenHash);
  if (record === null) return undefined;
  const user = database.query<UserRecord, [string]>("SELECT * FROM user WHERE id = ?").get(record.user_id);
  return user === null ? undefined : { session: toSession(record), user: toUser(user) };
}

function toSession(record: SessionRecord): Session {
  return {
    id: record.id as SessionId,
    userId: record.user_id as UserId,
    tokenHash: record.token_hash,
    createdAtMs: record.created_at,
    lastSeenAtMs: record.last_seen_at,
    expiresAtMs: record.expires_at,
  };
}

function forgetEnded(database: Database, nowMs: number, limit: number): number {
  const codes = database
    .query(
      `DELETE FROM login_code WHERE challenge_hash IN
       (SELECT challenge_hash FROM login_code WHERE expires_at <= ? LIMIT ?)`,
    )
    .run(nowMs, limit);
  const sessions = database
    .query(
      "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at <= ? OR last_seen_at <= ? LIMIT ?)",
    )
    .run(nowMs, nowMs - sessionIdleMs, limit);
  return codes.changes + sessions.changes;
}
