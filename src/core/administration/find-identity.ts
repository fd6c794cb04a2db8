import type { KeyId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { sees, type Sight } from "#core/identity/sight.ts";
import type { Team } from "#core/identity/team.ts";
import type { User } from "#core/identity/user.ts";

/** Nobody learns from the answer whether the thing does not exist or is another's. */
export function notThere(what: "user" | "team" | "API key", named: string): GatewayError {
  return new GatewayError("not_found", `There is no ${what} ${JSON.stringify(named)}.`);
}

/**
 * The user of this id, e-mail or name: whoever sees not all finds itself and the members of teams that it manages. Rejects
 * with `not_found`, and with `conflict` on an ambiguous name.
 */
export async function requireUser(identity: IdentityStore, who: string, sight: Sight): Promise<User> {
  const user = await foundUser(identity, who, sight);
  if (user === undefined) throw notThere("user", who);
  if (sight.all || user.id === sight.userId) return user;
  const memberships = sight.teamIds.length === 0 ? [] : await identity.membershipsOf(user.id);
  if (memberships.some(({ membership }) => sight.teamIds.includes(membership.teamId))) return user;
  throw notThere("user", who);
}

/** That a name is another's twice is nobody's business who cannot see them. */
async function foundUser(identity: IdentityStore, who: string, sight: Sight): Promise<User | undefined> {
  try {
    return await identity.findUser(who);
  } catch (error) {
    if (!sight.all && error instanceof GatewayError && error.code === "conflict") return undefined;
    throw error;
  }
}

/** The team of this id or name, where it is one that the caller manages or is a member of. Rejects with `not_found`. */
export async function requireTeam(
  identity: IdentityStore,
  which: string,
  sight: Sight,
): Promise<Team & { readonly members: number }> {
  const team = await identity.findTeam(which);
  if (team === undefined) throw notThere("team", which);
  if (sight.all || sees(sight, { teamId: team.id })) return team;
  const memberships = await identity.membershipsOf(sight.userId);
  if (memberships.some(({ membership }) => membership.teamId === team.id)) return team;
  throw notThere("team", which);
}

/** The key of this id, where it is in sight. Rejects with `not_found`. */
export async function requireKey(identity: IdentityStore, id: string, sight: Sight): Promise<ApiKey> {
  const key = await identity.findKey(id as KeyId);
  if (key === undefined || !sees(sight, key)) throw notThere("API key", id);
  return key;
}
