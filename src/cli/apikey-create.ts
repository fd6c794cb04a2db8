import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { inputOf } from "#cli/ask.ts";
import { valuesOf } from "#cli/flag-scan.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { keyArgs, keyTypedAs, readExpiry, readWords } from "#cli/key-flags.ts";
import { readPolicy } from "#cli/key-policy-flags.ts";
import { printIssued } from "#cli/key-text.ts";
import { oneOfIfGiven } from "#cli/one-of.ts";
import type { CreateKey, IssuedKeyView } from "#core/api/api-key.ts";
import type { BudgetView } from "#core/api/budget.ts";
import type { Administration } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";
import { type Permission, permissions } from "#core/identity/permission.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { type BudgetWindow, budgetWindows } from "#core/budgets/budget.ts";

const args = {
  who: { type: "positional", required: true, description: "Owner: id, e-mail or name" },
  name: { type: "string", required: true, valueHint: "name", description: "What the key is for" },
  team: { type: "string", valueHint: "team", description: "Team that it belongs to: id or name" },
  scope: {
    type: "string",
    valueHint: "permission...",
    description: "What it may do, models:call and models:read if left out; all is whatever the role of its owner may",
  },
  ...keyArgs,
  "budget-usd": { type: "string", valueHint: "usd", description: "Hard budget of the key in US dollars" },
  "budget-window": { type: "string", valueHint: "window", description: "day, month (if left out) or total" },
  ...globalFlags,
} as const;

/** `tokligence apikey create`. */
export default defineCommand({
  meta: { description: "Create a key; it is shown once" },
  args,
  async run({ args: typed, rawArgs }) {
    const scopes = readScopes(valuesOf(rawArgs, args, "scope"));
    const input = inputOf(
      "createKey",
      {
        user: typed.who,
        team: typed.team,
        name: typed.name,
        scopes: scopes === "all" ? undefined : scopes,
        labels: readWords(valuesOf(rawArgs, args, "label")),
        addresses: readWords(valuesOf(rawArgs, args, "address")),
        ...readPolicy(typed),
        expires_at: readExpiry(typed.expires) ?? undefined,
      },
      { user: "WHO", scopes: "--scope", ...keyTypedAs },
    );
    const budget = readBudget(
      typed["budget-usd"],
      oneOfIfGiven("--budget-window", budgetWindows, typed["budget-window"]),
    );
    const issued = await withAdministration(loadFromFlags(typed), async (administration) => {
      const whole = scopes === "all" ? { scopes: await scopesOfRole(administration, typed.who) } : {};
      return createKey(administration, { ...input, ...whole }, budget);
    });
    const line = issued.budget && `budget             ${issued.budget.limit_usd} USD, ${issued.budget.window}`;
    printIssued(typed, issued, line === undefined ? [] : [line]);
  },
});

interface KeyBudget {
  readonly limit_usd: string;
  readonly window: BudgetWindow;
}

function readBudget(limit_usd: string | undefined, window: BudgetWindow | undefined): KeyBudget | undefined {
  if (limit_usd === undefined) {
    if (window === undefined) return undefined;
    throw new GatewayError("usage", "--budget-window goes with --budget-usd.");
  }
  const budget = { limit_usd, window: window ?? "month" };
  inputOf("createBudget", { scope: "key:new", ...budget }, { limit_usd: "--budget-usd" });
  return budget;
}

/** A key and its budget, or neither: a key whose budget was refused would spend without bound. */
async function createKey(
  administration: Administration,
  input: CreateKey,
  budget: KeyBudget | undefined,
): Promise<IssuedKeyView & { readonly budget?: BudgetView }> {
  const issued = await administration.createKey(input);
  if (budget === undefined) return issued;
  try {
    const scope = `key:${issued.id}`;
    return { ...issued, budget: await administration.createBudget({ scope, ...budget, mode: "hard" }) };
  } catch (error) {
    await administration.revokeKey({ id: issued.id });
    throw error;
  }
}

type Scopes = [Permission, ...Permission[]];

/** Whatever somebody's role may, calls of models first. */
async function scopesOfRole(administration: Administration, who: string): Promise<Scopes> {
  const { role } = await administration.findUser({ id: who });
  return ["models:call", ...[...permissionsOf(role)].filter((permission) => permission !== "models:call")];
}

/** Scopes by repetition or comma; undefined if none is given. */
function readScopes(given: readonly string[]): Scopes | "all" | undefined {
  const words = given.flatMap((text) => text.split(",")).map((text) => text.trim());
  if (words.length === 1 && words[0] === "all") return "all";
  const [first, ...rest] = words.map((word) => {
    const known = permissions.find((permission) => permission === word);
    if (known !== undefined) return known;
    throw new GatewayError("usage", `${JSON.stringify(word)} is no scope; there are all, ${permissions.join(", ")}.`);
  });
  return first === undefined ? undefined : [first, ...rest];
}
