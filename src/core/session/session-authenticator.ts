import type { Clock } from "#core/effects/clock.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { Permission } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { isInForce } from "#core/session/session-life.ts";
import type { SessionSecrets } from "#core/session/session-secrets.ts";
import type { SessionStore } from "#core/session/session-store.ts";

/** Whoever uses a session more often than this is only now and then written down. */
const touchMs = 60_000;

/** What it works on. */
export interface SessionAuthenticatorParts {
  readonly sessions: Pick<SessionStore, "findSession" | "touchSession">;
  readonly identity: Pick<IdentityStore, "membershipsOf">;
  readonly secrets: SessionSecrets;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Turns the cookie of a session into a principal, asking the store each time: what was ended, or whose user is no longer
 * active, counts no more from the next request on. Sessions are for people: they call no models.
 */
export class SessionAuthenticator {
  readonly #parts: SessionAuthenticatorParts;

  constructor(parts: SessionAuthenticatorParts) {
    this.#parts = parts;
  }

  /** Undefined for a cookie that is no session in force. Rejects with `storage_failed`. */
  async authenticate(token: string): Promise<Principal | undefined> {
    const { sessions, identity, secrets, clock } = this.#parts;
    const found = await sessions.findSession(secrets.sessionHash(token));
    const nowMs = clock.now();
    if (found === undefined || found.user.status !== "active" || !isInForce(found.session, nowMs)) return undefined;
    const { session, user } = found;
    if (nowMs - session.lastSeenAtMs >= touchMs) await sessions.touchSession(session.id, nowMs);
    const memberships = await identity.membershipsOf(user.id);
    const managed = memberships.filter(({ membership }) => membership.role === "admin");
    return {
      kind: "session",
      tenantId: user.tenantId,
      userId: user.id,
      role: user.role,
      adminOf: managed.map(({ team }) => team.id),
      session: { id: session.id, csrfToken: secrets.csrfToken(token) },
      permissions: sessionPermissions(permissionsOf(user.role)),
    };
  }
}

function sessionPermissions(held: ReadonlySet<Permission>): ReadonlySet<Permission> {
  return new Set([...held].filter((permission) => permission !== "models:call"));
}
