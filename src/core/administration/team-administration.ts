import { notThere, requireTeam } from "#core/administration/find-identity.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import { inTurn } from "#core/administration/in-turn.ts";
import { changedPolicy } from "#core/administration/changed-policy.ts";
import { memberHandlers } from "#core/administration/member-administration.ts";
import type { Caller, HandlersOf } from "#core/api/operation.ts";
import { pageFrom } from "#core/api/paging.ts";
import { policyView } from "#core/administration/policy-view.ts";
import { published } from "#core/administration/published.ts";
import type { teamOperations, TeamView } from "#core/api/team.ts";
import { timeText } from "#core/api/time-text.ts";
import { trailOf } from "#core/administration/trail.ts";
import { GatewayError } from "#core/errors.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { isAdministrator } from "#core/identity/role-permissions.ts";
import { sightOf } from "#core/identity/sight.ts";
import type { Team } from "#core/identity/team.ts";

type CountedTeam = Awaited<ReturnType<IdentityStore["listTeams"]>>[number];

/**
 * Carries out `/api/v1/teams`. Members see their teams; team admins manage their members; teams themselves, and what their keys
 * may do, are settled by administrators of the gateway.
 */
export function teamHandlers(
  parts: Pick<HandlerParts, "identity" | "ids" | "clock" | "feed" | "levels" | "toldEvents">,
): HandlersOf<typeof teamOperations> {
  const { identity, ids, clock, feed, levels } = parts;
  const turn = inTurn();
  const settled = async (which: string, { principal }: Caller): Promise<CountedTeam> => {
    const team = await requireTeam(identity, which, sightOf(principal));
    refuseOthers({ principal });
    return team;
  };
  const noted = (caller: Caller, action: string, { id }: Team, details: Readonly<Record<string, unknown>> = {}) =>
    trailOf(parts, caller, { action, target: { kind: "team", id }, details });
  return {
    ...memberHandlers(parts, turn),
    async listTeams({ limit, cursor }, { principal }) {
      const sight = sightOf(principal);
      const rows = await identity.listTeams({
        limit: limit + 1,
        ...(cursor !== undefined && { after: cursor }),
        ...(!sight.all && { memberId: sight.userId }),
      });
      return pageFrom(rows, limit, { view: teamView, cursor: ({ name }) => name });
    },
    async createTeam({ name, key_policy: wanted = {} }, caller) {
      refuseOthers(caller);
      const keyPolicy = changedPolicy(undefined, wanted, levels.count);
      const team: Team = { id: ids.team(), name, createdAtMs: clock.now(), ...(keyPolicy && { keyPolicy }) };
      await identity.createTeam(team, noted(caller, "createTeam", team, { key_policy: policyView(keyPolicy) }));
      return teamView({ ...team, members: 0 });
    },
    async findTeam({ id }, { principal }) {
      return teamView(await requireTeam(identity, id, sightOf(principal)));
    },
    updateTeam: ({ id: which, name, key_policy: wanted }, caller) =>
      turn(async () => {
        const team = await settled(which, caller);
        const keyPolicy = wanted === null ? undefined : changedPolicy(team.keyPolicy, wanted ?? {}, levels.count);
        const change = { ...(name !== undefined && { name }), keyPolicy: keyPolicy ?? null };
        const details = { fields: name === undefined ? [] : ["name"], key_policy: policyView(keyPolicy) };
        await published(feed, team.id, () =>
          identity.updateTeam(team.id, change, noted(caller, "updateTeam", team, details)),
        );
        return teamView(await requireTeam(identity, team.id, { all: true }));
      }),
    deleteTeam: ({ id: which }, caller) =>
      turn(async () => {
        const team = await settled(which, caller);
        const trail = noted(caller, "deleteTeam", team);
        const removed = await published(feed, team.id, () => identity.deleteTeam(team.id, clock.now(), trail));
        if (!removed) throw notThere("team", which);
        return teamView(team);
      }),
  };
}

/** Throws `permission_denied` for whoever is no administrator of the gateway. */
function refuseOthers({ principal }: Pick<Caller, "principal">): void {
  if (isAdministrator(principal)) return;
  throw new GatewayError("permission_denied", "Only an administrator of the gateway settles teams.");
}

function teamView({ id, name, keyPolicy, members, createdAtMs }: CountedTeam): TeamView {
  return {
    id,
    name,
    key_policy: keyPolicy === undefined ? null : policyView(keyPolicy),
    members,
    created_at: timeText(createdAtMs),
  };
}
