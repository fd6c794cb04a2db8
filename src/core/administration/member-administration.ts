import { notThere, requireTeam } from "#core/administration/find-identity.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { inTurn } from "#core/administration/in-turn.ts";
import type { Caller, HandlersOf } from "#core/api/operation.ts";
import { published } from "#core/administration/published.ts";
import { refuseMorePermissions, refuseTouchingRoot } from "#core/administration/role-bounds.ts";
import type { MemberView, teamOperations } from "#core/api/team.ts";
import { timeText } from "#core/api/time-text.ts";
import { trailOf } from "#core/administration/trail.ts";
import { keyEventsOf } from "#core/administration/key-events.ts";
import { GatewayError } from "#core/errors.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { nameKey } from "#core/identity/name-key.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { sees, sightOf } from "#core/identity/sight.ts";
import type { Membership, Team } from "#core/identity/team.ts";
import type { User } from "#core/identity/user.ts";

type Parts = Pick<HandlerParts, "identity" | "ids" | "clock" | "feed" | "toldEvents">;
type Member = Awaited<ReturnType<IdentityStore["listMembers"]>>[number];

/** Carries out `/api/v1/teams/:id/members`: for admins of the team and administrators of the gateway. */
export function memberHandlers(
  parts: Parts,
  turn: ReturnType<typeof inTurn>,
): Pick<HandlersOf<typeof teamOperations>, "listTeamMembers" | "setTeamMember" | "removeTeamMember"> {
  const { identity, clock, feed } = parts;
  return {
    async listTeamMembers({ id }, caller) {
      const team = await managedTeam(identity, id, caller);
      return { data: (await identity.listMembers(team.id)).map(memberView) };
    },
    setTeamMember: ({ id, user: who, role }, caller) =>
      turn(async () => {
        const team = await managedTeam(identity, id, caller);
        const { user, membership: former } = await candidate(identity, team, who, caller);
        // An admin does to the team whatever its role may do.
        if (role === "admin") refuseMorePermissions(permissionsOf("gateway_user"), caller.principal);
        const membership: Membership = {
          teamId: team.id,
          userId: user.id,
          role,
          addedAtMs: former?.addedAtMs ?? clock.now(),
        };
        const details = { user_id: user.id, role };
        const trail = trailOf(parts, caller, { action: "setTeamMember", target: target(team), details });
        await published(feed, user.id, () => identity.setMember(membership, trail));
        return memberView({ membership, user });
      }),
    removeTeamMember: ({ id, user: who }, caller) =>
      turn(async () => {
        const team = await managedTeam(identity, id, caller);
        const member = await candidate(identity, team, who, caller);
        const { user, membership } = member;
        if (membership === undefined) throw notThere("user", who);
        // The keys that the user has in the team end.
        refuseTouchingRoot(user, caller.principal);
        const note = { action: "removeTeamMember", target: target(team), details: { user_id: user.id } };
        const trail = trailOf(parts, caller, note);
        const events = await keyEventsOf(parts, caller, { teamId: team.id, userId: user.id });
        await published(feed, user.id, () =>
          identity.removeMember(team.id, user.id, clock.now(), { ...trail, events: [...trail.events, ...events] }),
        );
        return memberView({ user, membership });
      }),
  };
}

/** A team that the caller manages. Rejects with `not_found`, or `permission_denied` for whoever is only a member of it. */
async function managedTeam(identity: IdentityStore, which: string, { principal }: Caller): Promise<Team> {
  const sight = sightOf(principal);
  const team = await requireTeam(identity, which, sight);
  if (sees(sight, { teamId: team.id })) return team;
  throw new GatewayError("permission_denied", "Only an admin of the team manages its members.");
}

/**
 * A member of the team, or somebody who may become one. Whoever sees not all users has to know the e-mail of a new member:
 * an id or a name that was overheard must not turn into an address.
 */
async function candidate(
  identity: IdentityStore,
  team: Team,
  who: string,
  { principal }: Caller,
): Promise<{ readonly user: User; readonly membership: Membership | undefined }> {
  const members = await identity.listMembers(team.id);
  const wanted = nameKey(who);
  const member = members.find(({ user }) => user.id === who || nameKey(user.email) === wanted);
  if (member !== undefined) return member;
  const named = members.filter(({ user }) => user.name === who);
  const sight = sightOf(principal);
  if (named.length === 1 && named[0] !== undefined && !sight.all) return named[0];
  const user = sight.all || who.includes("@") ? await identity.findUser(who) : undefined;
  if (user === undefined || (!sight.all && nameKey(user.email) !== wanted)) throw notThere("user", who);
  return { user, membership: members.find((other) => other.user.id === user.id)?.membership };
}

function target({ id }: Team): { readonly kind: string; readonly id: string } {
  return { kind: "team", id };
}

function memberView({ membership, user }: Member): MemberView {
  return {
    user_id: user.id,
    email: user.email,
    name: user.name,
    role: membership.role,
    added_at: timeText(membership.addedAtMs),
  };
}
