import type { AuditRecord } from "#core/audit/audit-record.ts";
import type { SessionId, UserId } from "#core/effects/ids.ts";
import type { User } from "#core/identity/user.ts";

/**
 * A one-time code that was sent out. It works only for whoever shows the challenge that was given to the browser that asked
 * for it, so that nobody can use up somebody else's tries. Only HMACs are kept.
 */
export interface LoginCode {
  readonly challengeHash: Uint8Array;
  readonly userId: UserId;
  readonly codeHash: Uint8Array;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly triesLeft: number;
}

/** What became of a try: a right code and one without tries left are gone. */
export type CodeTry =
  | { readonly outcome: "right" | "wrong" | "used_up"; readonly userId: UserId }
  /** There is no such challenge, or its time is over. */
  | { readonly outcome: "unknown" };

/** A login in force. Only the HMAC of its cookie is kept. */
export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly tokenHash: Uint8Array;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
}

/** Codes and sessions. Storage trouble rejects with `storage_failed`. */
export interface SessionStore {
  /** Beside whatever codes the user has; those that are over are forgotten. */
  saveCode(code: LoginCode): Promise<void>;
  /** Uses one try of the code with this challenge. */
  tryCode(challengeHash: Uint8Array, codeHash: Uint8Array, nowMs: number): Promise<CodeTry>;
  /** Also forgets every code of the user. */
  createSession(session: Session, audit: AuditRecord): Promise<void>;
  /** With its user, whatever the user's status; undefined when there is none. Whoever asks looks at its times. */
  findSession(tokenHash: Uint8Array): Promise<{ readonly session: Session; readonly user: User } | undefined>;
  touchSession(id: SessionId, seenAtMs: number): Promise<void>;
  /** True if there was one; one that is gone leaves no record. */
  endSession(id: SessionId, audit: AuditRecord): Promise<boolean>;
  /** Ends whatever lets the user in without a key, sessions and codes; how many sessions it were. Nothing leaves no record. */
  endSessionsOf(userId: UserId, audit: AuditRecord): Promise<number>;
  /** Forgets at most `limit` of each, codes and sessions, whose time is over; how many it were. */
  sweepSessions(nowMs: number, limit: number): Promise<number>;
}
