import type { AuditStore } from "#core/audit/audit-store.ts";
import type { AuditRecord } from "#core/audit/audit-record.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Ids, SessionId, UserId } from "#core/effects/ids.ts";
import type { Log } from "#core/effects/log.ts";
import { causeText, GatewayError, toGatewayError } from "#core/errors.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { nameKey } from "#core/identity/name-key.ts";
import type { User } from "#core/identity/user.ts";
import type { CodeSender } from "#core/session/code-sender.ts";
import { LoginLimits } from "#core/session/login-limits.ts";
import { sessionLifeMs } from "#core/session/session-life.ts";
import type { SessionSecrets } from "#core/session/session-secrets.ts";
import type { SessionStore } from "#core/session/session-store.ts";

/** How long a code works. */
export const codeLifeMinutes = 10;
const codeLifeMs = codeLifeMinutes * 60_000;
const mostTries = 5;
/** Every refused code is answered this long after it came, whatever was found out about it. */
const refusalMs = 500;

/** What logging in works on. */
export interface LoginParts {
  readonly identity: Pick<IdentityStore, "findUser">;
  readonly sessions: Pick<SessionStore, "saveCode" | "tryCode" | "createSession" | "endSession">;
  readonly audit: Pick<AuditStore, "appendAudit">;
  readonly sender: CodeSender;
  readonly secrets: SessionSecrets;
  readonly ids: Pick<Ids, "session">;
  readonly clock: Clock;
  readonly log: Log;
}

/** A code as shown by whoever got it. */
export interface ShownCode {
  readonly email: string;
  readonly code: string;
  /** What `begin` gave to the same browser; empty where it has none. */
  readonly challenge: string;
  /** IP address of the peer. */
  readonly address: string;
  readonly requestId: string;
}

/** A session that was just begun. Its token is never told again. */
export interface BegunSession {
  readonly token: string;
  readonly csrfToken: string;
  readonly expiresAtMs: number;
}

/**
 * Logging in with a one-time code of six digits. Whether anybody has an address cannot be told from outside: the answer to
 * `begin` is ready before anybody is looked up, and every refusal of `verify` is the same and takes the same time.
 */
export class Login {
  readonly #parts: LoginParts;
  readonly #limits: LoginLimits;
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: LoginParts) {
    this.#parts = parts;
    this.#limits = new LoginLimits(parts.clock);
  }

  /** Has a code sent if an active user has the address; the challenge is what `verify` wants beside it. Throws `rate_limited`. */
  begin(email: string, address: string): { readonly challenge: string } {
    this.#limits.askCode(email, address);
    const challenge = this.#parts.secrets.token();
    const issued = this.#issue(email, challenge).finally(() => this.#underWay.delete(issued));
    this.#underWay.add(issued);
    return { challenge };
  }

  /** Begins a session. Rejects with `unauthenticated` for whatever is not right, `rate_limited`, `storage_failed`. */
  async verify(shown: ShownCode): Promise<BegunSession> {
    const { clock, identity, secrets, sessions } = this.#parts;
    const startedAtMs = clock.monotonic();
    this.#limits.tryCode(shown.address);
    const { challenge, email, code } = shown;
    const codeHash = secrets.codeHash(challenge, email, code);
    const tried = await sessions.tryCode(secrets.challengeHash(challenge), codeHash, clock.now());
    const user = tried.outcome === "right" ? await identity.findUser(tried.userId) : undefined;
    // The code went to the address that it was asked for, which may be another's by now.
    if (user?.status === "active" && hasAddress(user, email)) return this.#begin(user, shown.requestId);
    if (tried.outcome === "used_up") await this.#auditRefusal(tried.userId, shown.requestId);
    await new Promise<void>((resolve) => {
      clock.after(Math.max(0, startedAtMs + refusalMs - clock.monotonic()), resolve);
    });
    throw new GatewayError("unauthenticated", "The code is not valid.");
  }

  /** Ends a session; one that has ended already stays so. */
  async end(id: SessionId, userId: UserId | undefined, requestId: string): Promise<void> {
    await this.#parts.sessions.endSession(id, this.#record("logout", "done", userId, requestId));
  }

  /** Resolves when every code that was asked for has been sent or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Never rejects: nobody waits for it. */
  async #issue(email: string, challenge: string): Promise<void> {
    const { clock, identity, log, secrets, sender, sessions } = this.#parts;
    let userId: UserId | undefined;
    try {
      const user = await identity.findUser(email);
      if (user?.status !== "active" || !hasAddress(user, email)) return;
      userId = user.id;
      const code = secrets.code();
      const createdAtMs = clock.now();
      await sessions.saveCode({
        challengeHash: secrets.challengeHash(challenge),
        userId,
        codeHash: secrets.codeHash(challenge, email, code),
        createdAtMs,
        expiresAtMs: createdAtMs + codeLifeMs,
        triesLeft: mostTries,
      });
      await sender.send(user.email, code, codeLifeMinutes);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      log.error("login_code_failed", { user_id: userId, code: error.code, cause: causeText(error) });
    }
  }

  async #begin({ id: userId }: User, requestId: string): Promise<BegunSession> {
    const { clock, ids, secrets, sessions } = this.#parts;
    const token = secrets.token();
    const createdAtMs = clock.now();
    const expiresAtMs = createdAtMs + sessionLifeMs;
    const tokenHash = secrets.sessionHash(token);
    await sessions.createSession(
      { id: ids.session(), userId, tokenHash, createdAtMs, lastSeenAtMs: createdAtMs, expiresAtMs },
      this.#record("login", "done", userId, requestId),
    );
    return { token, csrfToken: secrets.csrfToken(token), expiresAtMs };
  }

  #auditRefusal(userId: UserId, requestId: string): Promise<void> {
    return this.#parts.audit.appendAudit(this.#record("login", "refused", userId, requestId));
  }

  #record(
    action: "login" | "logout",
    outcome: AuditRecord["outcome"],
    userId: UserId | undefined,
    requestId: string,
  ): AuditRecord {
    const actor: AuditRecord["actor"] =
      // Whoever tries codes is not yet the user.
      outcome === "refused" || userId === undefined ? { kind: "system" } : { kind: "session", userId };
    const target = { kind: "user", id: userId ?? "" };
    return { atMs: this.#parts.clock.now(), actor, action, outcome, target, details: {}, requestId };
  }
}

function hasAddress(user: User, email: string): boolean {
  return nameKey(user.email) === nameKey(email);
}
