import type { budgetOperations, BudgetView } from "#core/api/budget.ts";
import { tagSchema } from "#core/api/api-key.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { Caller, HandlersOf } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { optionalTimeText, timeText } from "#core/api/time-text.ts";
import { trailOf } from "#core/administration/trail.ts";
import type { BudgetId, KeyId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import { sightOf } from "#core/identity/sight.ts";
import type { BudgetQuery } from "#core/budgets/budget-store.ts";
import { type Budget, type BudgetState, orgScopeId, periodEnd, scopeText } from "#core/budgets/budget.ts";
import { formatUsd, parseUsd } from "#core/ledger/money.ts";

/** What budgets are administered with. */
export type BudgetParts = Pick<HandlerParts, "budgets" | "identity" | "ids" | "clock" | "feed" | "toldEvents">;

type Scope = Pick<Budget, "scope" | "scopeId">;
type Action = "createBudget" | "updateBudget" | "deleteBudget";

/** The operations of budgets. A change is published, and counts before its answer is given. */
export function budgetHandlers(parts: BudgetParts): HandlersOf<typeof budgetOperations> {
  const { budgets, clock, feed, ids } = parts;
  const states = (caller: Caller, query: Omit<BudgetQuery, "nowMs" | "visibleTo">) => {
    const sight = sightOf(caller.principal);
    return budgets.budgetStates({ ...query, nowMs: clock.now(), ...(sight.all ? {} : { visibleTo: sight }) });
  };
  const requireState = async (id: string, caller: Caller): Promise<BudgetState> => {
    const [state] = await states(caller, { id: id as BudgetId });
    if (state === undefined) throw new GatewayError("not_found", `There is no budget ${JSON.stringify(id)}.`);
    return state;
  };
  /** Whoever caches budgets asks for them on the same way, before this does: its answer comes later than theirs. */
  const published = async (id: BudgetId, caller: Caller): Promise<BudgetView> => {
    feed.publish("budgets.changed", id);
    return budgetView(await requireState(id, caller));
  };
  const trail = (action: Action, id: BudgetId, details: Readonly<Record<string, unknown>>, caller: Caller) =>
    trailOf(parts, caller, { action, target: { kind: "budget", id }, details });

  return {
    async listBudgets({ scope }, caller) {
      const wanted = scope === undefined ? {} : await scopeAskedFor(parts, scope, caller);
      return { data: wanted === undefined ? [] : (await states(caller, wanted)).map(budgetView) };
    },

    async findBudget({ id }, caller) {
      return budgetView(await requireState(id, caller));
    },

    async createBudget({ scope: text, limit_usd, window, mode }, caller) {
      const scope = await scopeOf(parts, text);
      const limitNanos = parseUsd(limit_usd);
      const budget: Budget = { id: ids.budget(), ...scope, window, mode, limitNanos, createdAtMs: clock.now() };
      const details = { scope: scopeText(scope), window, mode, limit_usd: formatUsd(limitNanos) };
      await budgets.createBudget(budget, trail("createBudget", budget.id, details, caller));
      return published(budget.id, caller);
    },

    async updateBudget({ id, limit_usd, mode }, caller) {
      const { budget } = await requireState(id, caller);
      const limitNanos = limit_usd === undefined ? undefined : parseUsd(limit_usd);
      const change = {
        ...(limitNanos === undefined ? {} : { limitNanos }),
        ...(mode === undefined ? {} : { mode }),
      };
      const details = {
        ...(limitNanos === undefined ? {} : { limit_usd: formatUsd(limitNanos) }),
        ...(mode === undefined ? {} : { mode }),
      };
      await budgets.updateBudget(budget.id, change, trail("updateBudget", budget.id, details, caller));
      return published(budget.id, caller);
    },

    async deleteBudget({ id }, caller) {
      const state = await requireState(id, caller);
      const { budget } = state;
      const details = { scope: scopeText(budget), window: budget.window };
      await budgets.deleteBudget(budget.id, trail("deleteBudget", budget.id, details, caller));
      feed.publish("budgets.changed", budget.id);
      return budgetView(state);
    },
  };
}

/** The scope in a question; undefined where somebody of narrow sight asks for what is not there, which looks like what is foreign. */
async function scopeAskedFor(parts: BudgetParts, text: string, caller: Caller): Promise<Scope | undefined> {
  try {
    return await scopeOf(parts, text);
  } catch (error) {
    const hidden = error instanceof GatewayError && error.code === "not_found" && !sightOf(caller.principal).all;
    if (hidden) return undefined;
    throw error;
  }
}

/** `team:NAME` and the like, with the id in the place of the name. Rejects with `not_found`. */
async function scopeOf({ identity }: Pick<BudgetParts, "identity">, text: string): Promise<Scope> {
  const colon = text.indexOf(":");
  const kind = colon === -1 ? text : text.slice(0, colon);
  const which = text.slice(colon + 1);
  switch (kind) {
    case "team":
      return { scope: "team", scopeId: foundId(await identity.findTeam(which), "team", which) };
    case "user":
      return { scope: "user", scopeId: foundId(await identity.findUser(which), "user", which) };
    case "key":
      return { scope: "key", scopeId: foundId(await identity.findKey(which as KeyId), "API key", which) };
    case "tag":
      return { scope: "tag", scopeId: parseInput(tagSchema, which) };
    default:
      return { scope: "org", scopeId: orgScopeId };
  }
}

function foundId(found: { readonly id: string } | undefined, what: string, which: string): string {
  if (found !== undefined) return found.id;
  throw new GatewayError("not_found", `There is no ${what} ${JSON.stringify(which)}.`, { details: { field: "scope" } });
}

/** A budget with its running window, as the API shows it. */
function budgetView({ budget, period, scopeName }: BudgetState): BudgetView {
  const { limitNanos, window } = budget;
  const { spentNanos, reservedNanos, startMs } = period;
  const leftNanos = limitNanos - spentNanos - reservedNanos;
  return {
    id: budget.id,
    scope: scopeText(budget),
    scope_kind: budget.scope,
    scope_id: budget.scopeId,
    scope_name: scopeName ?? null,
    window,
    mode: budget.mode,
    limit_usd: formatUsd(limitNanos),
    limit_nanos: limitNanos.toString(),
    spent_usd: formatUsd(spentNanos),
    spent_nanos: spentNanos.toString(),
    reserved_usd: formatUsd(reservedNanos),
    remaining_usd: formatUsd(leftNanos < 0n ? 0n : leftNanos),
    period_started_at: window === "total" ? null : timeText(startMs),
    resets_at: optionalTimeText(periodEnd(window, startMs)),
    created_at: timeText(budget.createdAtMs),
  };
}
