import { z } from "zod";
import { operation } from "#core/api/operation.ts";
import { listOf, usd } from "#core/api/paging.ts";
import { budgetModes, budgetScopes, budgetWindows } from "#core/budgets/budget.ts";

const id = z.string().min(1).max(200);
/** Whose: `org`, `team:NAME`, `user:EMAIL`, `key:ID`, `tag:TEXT`. */
const scope = z
  .string()
  .regex(/^(org|(team|user|key|tag):.{1,254})$/, "is none of org, team:NAME, user:EMAIL, key:ID, tag:TEXT");

/** A budget as shown, with its running window. Money is a decimal string in US dollars beside the exact integer of nano-dollars. */
export const budgetViewSchema = z.object({
  id: z.string(),
  /** As asked for, with ids in the place of names: `team:team_...`. */
  scope: z.string(),
  scope_kind: z.enum(budgetScopes),
  scope_id: z.string(),
  /** Name of the team or key, e-mail of the user; null where there is none. */
  scope_name: z.string().nullable(),
  window: z.enum(budgetWindows),
  mode: z.enum(budgetModes),
  limit_usd: z.string(),
  limit_nanos: z.string(),
  /** In the running window. */
  spent_usd: z.string(),
  spent_nanos: z.string(),
  /** Held for calls under way. */
  reserved_usd: z.string(),
  remaining_usd: z.string(),
  period_started_at: z.string().nullable(),
  /** Null for `total`, which never begins anew. */
  resets_at: z.string().nullable(),
  created_at: z.string(),
});
export type BudgetView = z.infer<typeof budgetViewSchema>;

/** `/api/v1/budgets`. */
export const budgetOperations = {
  listBudgets: operation({
    method: "GET",
    path: "/budgets",
    permission: "budgets:read",
    summary: "Budgets that the caller may see, with what is spent and held in the running window.",
    input: z.strictObject({ scope: scope.optional() }),
    output: listOf(budgetViewSchema),
  }),
  createBudget: operation({
    method: "POST",
    path: "/budgets",
    permission: "budgets:write",
    summary: "Set a budget; it counts from the next call on.",
    input: z.strictObject({
      scope,
      limit_usd: usd,
      window: z.enum(budgetWindows),
      mode: z.enum(budgetModes).default("hard"),
    }),
    output: budgetViewSchema,
    status: 201,
  }),
  findBudget: operation({
    method: "GET",
    path: "/budgets/:id",
    permission: "budgets:read",
    summary: "One budget.",
    input: z.strictObject({ id }),
    output: budgetViewSchema,
  }),
  updateBudget: operation({
    method: "PATCH",
    path: "/budgets/:id",
    permission: "budgets:write",
    summary: "Change limit or mode of a budget; what is spent stays spent.",
    input: z.strictObject({ id, limit_usd: usd.optional(), mode: z.enum(budgetModes).optional() }),
    output: budgetViewSchema,
  }),
  deleteBudget: operation({
    method: "DELETE",
    path: "/budgets/:id",
    permission: "budgets:write",
    summary: "Take a budget away.",
    input: z.strictObject({ id }),
    output: budgetViewSchema,
  }),
};
