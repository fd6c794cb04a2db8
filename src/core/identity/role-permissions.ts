import { callerPermissions, type Permission, permissions } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { Role } from "#core/identity/user.ts";

/** Of one's own things, and of the teams that one manages. */
const own: readonly Permission[] = [
  ...callerPermissions,
  "usage:read",
  "teams:read",
  "teams:write",
  "keys:read",
  "keys:write",
  "budgets:read",
  "prices:read",
  "profile:read",
];

/** For the control socket alone: the files of the machine, and the life of the process. */
const ofThisMachine: ReadonlySet<Permission> = new Set(["archive:write", "gateway:stop"]);
const administrative = new Set(permissions.filter((permission) => !ofThisMachine.has(permission)));

/** What a role may do over HTTP. */
const byRole: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  root_admin: administrative,
  gateway_admin: administrative,
  gateway_user: new Set(own),
};

/** The permissions of a role. */
export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return byRole[role];
}

/** Those of `scopes` that the role still has: a key never does more than its owner may. */
export function permittedScopes(scopes: Iterable<Permission>, role: Role): ReadonlySet<Permission> {
  const held = permissionsOf(role);
  return new Set([...scopes].filter((scope) => held.has(scope)));
}

/** What a caller can give away: what its key may do, or, of a login, what its role may, calls of models included. */
export function heldPermissions({ kind, role, permissions: own }: Principal): ReadonlySet<Permission> {
  return kind === "session" && role !== undefined ? permissionsOf(role) : own;
}

/** Whether a caller runs the gateway: it may settle for others what it does not have itself. */
export function isAdministrator({ kind, role }: Principal): boolean {
  return kind === "root" || role === "root_admin" || role === "gateway_admin";
}
