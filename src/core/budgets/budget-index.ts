import type { BudgetId } from "#core/effects/ids.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { AppliedBudgets } from "#core/budgets/budgets.ts";
import { type Budget, type BudgetScope, orgScopeId, periodStart } from "#core/budgets/budget.ts";

type ScopeMap = ReadonlyMap<string, readonly Budget[]>;

const noScopes: Readonly<Record<BudgetScope, ScopeMap>> = {
  org: new Map(),
  team: new Map(),
  user: new Map(),
  key: new Map(),
  tag: new Map(),
};

/** All budgets in memory, to be found by what a call belongs to. */
export class BudgetIndex {
  #byId: ReadonlyMap<BudgetId, Budget> = new Map();
  #byScope = noScopes;

  /** These budgets and no others count from now on. */
  replace(budgets: readonly Budget[]): void {
    const inScope = (scope: BudgetScope): ScopeMap =>
      Map.groupBy(
        budgets.filter((budget) => budget.scope === scope),
        ({ scopeId }) => scopeId,
      );
    this.#byId = new Map(budgets.map((budget) => [budget.id, budget]));
    this.#byScope = {
      org: inScope("org"),
      team: inScope("team"),
      user: inScope("user"),
      key: inScope("key"),
      tag: inScope("tag"),
    };
  }

  find(id: BudgetId): Budget | undefined {
    return this.#byId.get(id);
  }

  /** See `Budgets.of`. */
  of(
    { teamId, userId, keyId, parentId }: Principal,
    tags: readonly string[],
    nowMs: number,
  ): AppliedBudgets | undefined {
    if (this.#byId.size === 0) return undefined;
    const { org, team, user, key, tag } = this.#byScope;
    const found: Budget[] = [...(org.get(orgScopeId) ?? [])];
    if (teamId !== undefined) found.push(...(team.get(teamId) ?? []));
    if (userId !== undefined) found.push(...(user.get(userId) ?? []));
    if (keyId !== undefined) found.push(...(key.get(keyId) ?? []));
    // What a key may spend holds for the keys that it makes, or it would make its own way round.
    if (parentId !== undefined) found.push(...(key.get(parentId) ?? []));
    if (tag.size > 0) for (const each of new Set(tags)) found.push(...(tag.get(each) ?? []));
    if (found.length === 0) return undefined;
    found.sort((a, b) => (a.id < b.id ? -1 : 1));
    return {
      postings: found.map(({ id, window }) => ({ budgetId: id, periodStartMs: periodStart(window, nowMs) })),
      hasHard: found.some(({ mode }) => mode === "hard"),
    };
  }
}
