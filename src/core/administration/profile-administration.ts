import { type BudgetParts, budgetHandlers } from "#core/administration/budget-administration.ts";
import type { BudgetView } from "#core/api/budget.ts";
import { chosenProviders, chosenServices } from "#core/administration/chosen-offers.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { Caller, HandlersOf } from "#core/api/operation.ts";
import type { profileOperations, ProfileView } from "#core/api/profile.ts";
import type { Principal } from "#core/identity/principal.ts";
import { isModelAllowed } from "#core/limits/allowed-models.ts";

type Parts = BudgetParts & Pick<HandlerParts, "offering">;

/** `/api/v1/profile`, `/providers`, `/services`. A key sees only services that it may call. */
export function profileHandlers(parts: Parts): HandlersOf<typeof profileOperations> {
  const { identity, offering } = parts;
  const { listBudgets } = budgetHandlers(parts);
  return {
    async findProfile(_input, caller) {
      const { principal } = caller;
      const { userId } = principal;
      const user = userId === undefined ? undefined : await identity.findUser(userId);
      const memberships = userId === undefined ? [] : await identity.membershipsOf(userId);
      const teams = memberships.map(({ membership, team }) => ({
        id: team.id,
        name: team.name,
        role: membership.role,
      }));
      return {
        ...callerView(principal),
        user: user === undefined ? null : { id: user.id, email: user.email, name: user.name, role: user.role },
        teams,
        provider_role: offering().providerRole,
        free_quota: null,
        budgets: await ownBudgets(caller, new Set(teams.map(({ id }) => id))),
      };
    },
    listProviders: async (choice) => ({ data: chosenProviders(offering().providers(), choice) }),
    listServices: async (choice, { principal }) => ({
      data: chosenServices(offering().services(), choice).filter(({ model }) => isModelAllowed(principal, model)),
    }),
  };

  /** Those that the caller's own calls draw on, as far as it may see them. */
  async function ownBudgets(caller: Caller, teamIds: ReadonlySet<string>): Promise<BudgetView[]> {
    const { userId, keyId, permissions } = caller.principal;
    if (userId === undefined || !permissions.has("budgets:read")) return [];
    const { data } = await listBudgets({}, caller);
    return data.filter(({ scope_kind: kind, scope_id: id }) => {
      if (kind === "user") return id === userId;
      if (kind === "key") return id === keyId;
      return kind === "team" && teamIds.has(id);
    });
  }
}

function callerView({
  kind,
  role,
  permissions,
  keyId,
  session,
}: Principal): Pick<ProfileView, "kind" | "roles" | "permissions" | "key_id" | "csrf_token"> {
  return {
    kind,
    roles: role === undefined ? [] : [role],
    permissions: [...permissions],
    key_id: keyId ?? null,
    csrf_token: session?.csrfToken ?? null,
  };
}
