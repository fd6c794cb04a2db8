import type { IdentityDesk } from "#core/administration/identity-desk.test-data.ts";
import { usageHandlers } from "#core/administration/usage-administration.ts";
import type { UsageReportParts } from "#core/administration/usage-reports.ts";
import type { Caller } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { usageOperations } from "#core/api/usage.ts";
import { noBudgets } from "#core/budgets/no-budgets.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import { rootPrincipal } from "#core/identity/principal.ts";

type Operations = typeof usageOperations;

/** Asks an operation on usage as the HTTP door does, root unless said. */
export type AskUsage = ReturnType<typeof askUsage>;

/** The operations on usage, on the stores of a desk. */
export function askUsage(desk: IdentityDesk, changes: Partial<UsageReportParts> = {}) {
  const handlers = usageHandlers({
    ...desk.parts,
    priceBook: { current: embeddedPriceList },
    unpriced: "allow",
    activeBudgets: noBudgets,
    record: (settlement) => desk.stores.ledger.settle([settlement]),
    ...changes,
  });
  return async <Name extends keyof Operations>(name: Name, input: unknown, principal = rootPrincipal) => {
    const handle = handlers[name] as (input: unknown, caller: Caller) => ReturnType<(typeof handlers)[Name]>;
    return handle(parseInput(usageOperations[name].input, input), { principal });
  };
}
