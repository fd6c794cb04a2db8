import { GatewayError } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import { heldPermissions, permissionsOf } from "#core/identity/role-permissions.ts";
import type { Role, User } from "#core/identity/user.ts";
import type { Permission } from "#core/identity/permission.ts";

/** Nobody gives away a permission that it has not itself. Throws `permission_denied` naming the first. */
export function refuseMorePermissions(asked: Iterable<Permission>, caller: Principal): void {
  const held = heldPermissions(caller);
  for (const permission of asked) {
    if (held.has(permission)) continue;
    throw new GatewayError("permission_denied", `The caller has no permission ${permission} to give away.`, {
      details: { permission },
    });
  }
}

/** Nor a role that may do more than the caller, and that of a root administrator is given by such alone. Throws `permission_denied`. */
export function refuseHigherRole(role: Role, caller: Principal): void {
  if (role === "root_admin") refuseTouchingRoot({ role }, caller);
  refuseMorePermissions(permissionsOf(role), caller);
}

/** Root administrators and their keys are changed by root administrators alone. Throws `permission_denied`. */
export function refuseTouchingRoot({ role }: Pick<User, "role">, caller: Principal): void {
  if (role !== "root_admin" || caller.kind === "root" || caller.role === "root_admin") return;
  throw new GatewayError("permission_denied", "Only a root administrator can do this to a root administrator.", {
    details: { role },
  });
}
