import { expect, test } from "bun:test";
import fc from "fast-check";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { BudgetId } from "#core/effects/ids.ts";
import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";
import { sampleBudget } from "../../stores/sample-budget.ts";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "../fuzz-share.ts";
import { booksCommands, budgetIds } from "./books-commands.ts";
import { BooksModel } from "./books-model.ts";

const cases = Math.ceil(fuzzCases / 20);

test(
  "L1, L2, L4: whatever is reserved, settled, released, repeated or cut off by a crash, budgets and accounts are those of a model",
  async () => {
    const property = fc.asyncProperty(booksCommands, async (commands) => {
      const real = openInThread();
      const setup = async () => {
        const model = new BooksModel(new Map());
        for (const [index, id] of budgetIds.entries()) {
          const mode = index < 2 ? "hard" : "soft";
          const budget = sampleBudget(id, { scope: "tag", scopeId: id, mode, limitNanos: 300n });
          await real.budgets.createBudget(budget, sampleTrail("createBudget", id));
          model.budgets.set(id as BudgetId, { limit: 300n, mode });
        }
        return { model, real };
      };
      try {
        await fc.asyncModelRun(setup, commands);
        const rows = await real.ledger.scan("usage", 0, 1_000);
        expect(new Set(rows.map(({ requestId }) => requestId)).size).toBe(rows.length);
      } finally {
        real.close();
      }
    });
    await fc.assert(property, fuzzRun("books", cases));
  },
  fuzzTimeoutMs(cases * 60),
);
