import type { TeamId, UserId } from "#core/effects/ids.ts";
import type { Principal } from "#core/identity/principal.ts";
import { isAdministrator } from "#core/identity/role-permissions.ts";

/** What a caller may see: everything, or what is its own and its teams'. Foreign things do not exist for it (404, never 403). */
export type Sight =
  { readonly all: true } | { readonly all: false; readonly userId: UserId; readonly teamIds: readonly TeamId[] };

/** The sight of a caller: administrators and this machine see all; a user sees itself and the teams that it manages. */
export function sightOf(principal: Principal): Sight {
  if (principal.kind === "local" || isAdministrator(principal)) return { all: true };
  // Behind a key or a login stands a user; whoever has none sees nothing.
  const { userId = nobody, adminOf = [] } = principal;
  return { all: false, userId, teamIds: adminOf };
}

/** Whether something of this user and team is in sight. */
export function sees(sight: Sight, owner: { readonly userId?: UserId; readonly teamId?: TeamId }): boolean {
  if (sight.all) return true;
  if (owner.userId === sight.userId) return true;
  return owner.teamId !== undefined && sight.teamIds.includes(owner.teamId);
}

const nobody = "" as UserId;
