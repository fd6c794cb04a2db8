import { defineCommand } from "citty";
import { ask, expectChange } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { oneOf, oneOfIfGiven } from "#cli/one-of.ts";
import { printJson, printLine } from "#cli/output.ts";
import { type Columns, printViews } from "#cli/view-table.ts";
import type { BudgetView } from "#core/api/budget.ts";
import { budgetModes, budgetWindows } from "#core/budgets/budget.ts";

const id = { type: "positional", required: true, description: "Id of the budget" } as const;
const typedAs = { id: "ID" };
const scopeHint = "key:ID, user:EMAIL, team:NAME, org or tag:TEXT";
const limit = { type: "string", valueHint: "usd", description: "US dollars, such as 0.01" } as const;
const modes = "hard refuses what would go beyond it, soft warns";

const create = defineCommand({
  meta: { description: "Set a budget; it counts from the next call on" },
  args: {
    scope: { type: "string", required: true, valueHint: "whose", description: scopeHint },
    "limit-usd": { ...limit, required: true },
    window: { type: "string", required: true, valueHint: "window", description: "day, month (both UTC) or total" },
    mode: { type: "string", valueHint: "mode", description: modes, default: "hard" },
    ...globalFlags,
  },
  async run({ args }) {
    const budget = await ask(args, "createBudget", {
      scope: args.scope,
      limit_usd: args["limit-usd"],
      window: oneOf("--window", budgetWindows, args.window),
      mode: oneOf("--mode", budgetModes, args.mode),
    });
    if (args.json) return printJson(budget);
    printLine(`Created ${sentence(budget)}`);
  },
});

const list = defineCommand({
  meta: { description: "List budgets with what is spent and held in the running window" },
  args: {
    scope: { type: "string", valueHint: "whose", description: `Only of ${scopeHint}` },
    ...globalFlags,
  },
  async run({ args }) {
    const { data } = await ask(args, "listBudgets", { scope: args.scope });
    const none =
      "No budgets yet. Create one: tokligence budget create --scope user:EMAIL --limit-usd 10 --window month";
    printViews(data, columns, { json: args.json, none });
  },
});

const show = defineCommand({
  meta: { description: "Show a budget with what is spent and held in the running window" },
  args: { id, ...globalFlags },
  async run({ args }) {
    printViews([await ask(args, "findBudget", { id: args.id }, typedAs)], columns, args);
  },
});

const update = defineCommand({
  meta: { description: "Change limit or mode of a budget; what is spent stays spent" },
  args: {
    id,
    "limit-usd": limit,
    mode: { type: "string", valueHint: "mode", description: modes },
    ...globalFlags,
  },
  async run({ args }) {
    const change = { limit_usd: args["limit-usd"], mode: oneOfIfGiven("--mode", budgetModes, args.mode) };
    expectChange(change, "--limit-usd or --mode");
    const budget = await ask(args, "updateBudget", { id: args.id, ...change }, typedAs);
    if (args.json) return printJson(budget);
    printLine(`Changed ${sentence(budget)}`);
  },
});

const remove = defineCommand({
  meta: { description: "Take a budget away" },
  args: { id, ...globalFlags },
  async run({ args }) {
    const budget = await ask(args, "deleteBudget", { id: args.id }, typedAs);
    if (args.json) return printJson(budget);
    printLine(`Removed ${sentence(budget)}`);
  },
});

/** `tokligence budget`. */
export default defineCommand({
  meta: { description: "Create, change, list and remove budgets" },
  subCommands: { create, list, show, update, delete: remove },
});

const columns: Columns<BudgetView> = {
  ID: ({ id: budgetId }) => budgetId,
  SCOPE: whose,
  WINDOW: ({ window }) => window,
  MODE: ({ mode }) => mode,
  "LIMIT USD": ({ limit_usd }) => limit_usd,
  SPENT: ({ spent_usd }) => spent_usd,
  HELD: ({ reserved_usd }) => reserved_usd,
  LEFT: ({ remaining_usd }) => remaining_usd,
  RESETS: ({ resets_at }) => resets_at ?? "never",
};

function sentence(budget: BudgetView): string {
  return `${budget.id}: ${budget.limit_usd} USD, ${budget.window}, ${budget.mode}, for ${whose(budget)}`;
}

/** The scope as `--scope` takes it, with the name that people know. */
function whose({ scope, scope_kind, scope_name }: BudgetView): string {
  if (scope_name === null) return scope;
  return scope_kind === "key" ? `${scope} (${scope_name})` : `${scope_kind}:${scope_name}`;
}
