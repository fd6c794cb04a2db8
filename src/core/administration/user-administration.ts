import { userView } from "#core/administration/identity-view.ts";
import { requireUser } from "#core/administration/find-identity.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import { inTurn } from "#core/administration/in-turn.ts";
import { keyEventsOf } from "#core/administration/key-events.ts";
import type { Caller, HandlersOf } from "#core/api/operation.ts";
import { pageFrom } from "#core/api/paging.ts";
import { published } from "#core/administration/published.ts";
import { refuseHigherRole, refuseMorePermissions, refuseTouchingRoot } from "#core/administration/role-bounds.ts";
import { trailOf } from "#core/administration/trail.ts";
import type { userOperations } from "#core/api/user.ts";
import type { TenantId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { LifecycleEventType } from "#core/hooks/lifecycle-event.ts";
import type { UserChange } from "#core/identity/identity-store.ts";
import { sightOf } from "#core/identity/sight.ts";
import type { User } from "#core/identity/user.ts";

type Parts = Pick<HandlerParts, "identity" | "sessions" | "ids" | "clock" | "feed" | "toldEvents">;

/**
 * Carries out `/api/v1/users`. Every change is published under the user's id, so that keys and logins feel it at once. The
 * last active root administrator stays one.
 */
export function userHandlers(parts: Parts): HandlersOf<typeof userOperations> {
  const { identity, ids, clock, feed } = parts;
  // What is asked before a change, such as who else is root, holds until the change is made.
  const turn = inTurn();
  const found = async (who: string, { principal }: Caller): Promise<User> => {
    const user = await requireUser(identity, who, sightOf(principal));
    refuseTouchingRoot(user, principal);
    return user;
  };
  return {
    async listUsers({ limit, cursor, status }) {
      const rows = await identity.listUsers({
        limit: limit + 1,
        ...(cursor !== undefined && { after: cursor }),
        ...(status !== undefined && { status }),
      });
      return pageFrom(rows, limit, { view: userView, cursor: ({ id }) => id });
    },
    async createUser({ email, name = email.slice(0, email.lastIndexOf("@")), role }, caller) {
      refuseHigherRole(role, caller.principal);
      const id = ids.user();
      // A user who belongs to no team is a tenant alone.
      const tenantId = id as string as TenantId;
      const user: User = { id, tenantId, email, name, role, status: "active", createdAtMs: clock.now() };
      await published(feed, id, () => identity.createUser(user, trail(parts, caller, "createUser", user, { role })));
      return userView(user);
    },
    async findUser({ id }, { principal }) {
      return userView(await requireUser(identity, id, sightOf(principal)));
    },
    updateUser: ({ id: who, ...asked }, caller) =>
      turn(async () => {
        const user = await found(who, caller);
        const change = changeOf(asked);
        const after: User = { ...user, ...change };
        if (grants(change)) refuseHigherRole(after.role, caller.principal);
        if (after.role !== "root_admin" || after.status !== "active") await keepOneRoot(parts, user);
        const details = { fields: Object.keys(change), role: after.role, status: after.status };
        const note = trail(parts, caller, "updateUser", after, details);
        await published(feed, user.id, () => identity.updateUser(user.id, change, note));
        return userView(after);
      }),
    async endSessions({ id: who }, caller) {
      const { id } = await foundForLogout(identity, who, caller);
      const { audit } = trailOf(parts, caller, { action: "endSessions", target: { kind: "user", id } });
      return { id, ended: await parts.sessions.endSessionsOf(id, audit) };
    },
    deleteUser: ({ id: who }, caller) =>
      turn(async () => {
        const user = await found(who, caller);
        await keepOneRoot(parts, user);
        const ended = await keyEventsOf(parts, caller, { userId: user.id });
        const { audit, events } = trail(parts, caller, "deleteUser", user, { role: user.role });
        const note = { audit, events: [...ended, ...events] };
        await published(feed, user.id, () => identity.eraseUser(user.id, clock.now(), note));
        return userView({ ...user, email: "", name: "", status: "inactive" });
      }),
  };
}

/** Everybody logs itself out; others are logged out by whoever may change them. */
async function foundForLogout(identity: Parts["identity"], who: string, { principal }: Caller): Promise<User> {
  const user = await requireUser(identity, who, sightOf(principal));
  if (user.id === principal.userId) return user;
  refuseTouchingRoot(user, principal);
  refuseMorePermissions(["users:write"], principal);
  return user;
}

/** Whoever takes over a mailbox, a role or a sleeping account has what its user has. */
function grants({ email, role, status }: UserChange): boolean {
  return email !== undefined || role !== undefined || status === "active";
}

function changeOf(asked: {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly role?: User["role"] | undefined;
  readonly status?: User["status"] | undefined;
}): UserChange {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as UserChange;
}

async function keepOneRoot({ identity }: Parts, user: User): Promise<void> {
  if (user.role !== "root_admin" || user.status !== "active") return;
  if ((await identity.countActive("root_admin")) > 1) return;
  throw new GatewayError("conflict", "This is the last active root administrator: make another one first.");
}

const eventOf = {
  createUser: "gateway.user.provisioned",
  updateUser: "gateway.user.updated",
  deleteUser: "gateway.user.deleted",
} as const satisfies Record<string, LifecycleEventType>;

function trail(
  parts: Parts,
  caller: Caller,
  action: keyof typeof eventOf,
  { id, tenantId, role, status }: User,
  details: Readonly<Record<string, unknown>>,
): ReturnType<typeof trailOf> {
  const event = { type: eventOf[action], tenantId, userId: id, metadata: { role, status } };
  return trailOf(parts, caller, { action, target: { kind: "user", id }, details, event });
}
