import type { Budgets } from "#core/budgets/budgets.ts";

/** Where nobody has a budget. */
export const noBudgets: Budgets = {
  of: () => undefined,
  reserve: async () => {},
  checkpoint: () => {},
};
