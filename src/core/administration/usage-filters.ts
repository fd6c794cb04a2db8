import type { z } from "zod";
import { requireKey, requireTeam, requireUser } from "#core/administration/find-identity.ts";
import { timeOf } from "#core/api/time-text.ts";
import type { usageOperations } from "#core/api/usage.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { Sight } from "#core/identity/sight.ts";
import type { UsageQuery } from "#core/ledger/ledger-store.ts";

type Filters = Omit<z.output<typeof usageOperations.usageSummary.input>, "group_by" | "limit">;

/** The question to the books that filters ask, within what the caller may see. Rejects with `not_found` for names that it cannot see. */
export async function usageQuery(identity: IdentityStore, filters: Filters, sight: Sight): Promise<UsageQuery> {
  const { from, to, user, team, key, model, provider, direction } = filters;
  return {
    ...(from !== undefined && { fromMs: timeOf(from) }),
    ...(to !== undefined && { toMs: timeOf(to) }),
    ...(user !== undefined && { userId: (await requireUser(identity, user, sight)).id }),
    ...(team !== undefined && { teamId: (await requireTeam(identity, team, sight)).id }),
    ...(key !== undefined && { keyId: (await requireKey(identity, key, sight)).id }),
    ...(model !== undefined && { model }),
    ...(provider !== undefined && { provider }),
    ...(direction !== undefined && { direction }),
    ...(!sight.all && { visibleTo: { userId: sight.userId, teamIds: sight.teamIds } }),
  };
}
