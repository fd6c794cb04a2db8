import { expect, test } from "bun:test";
import { budgetOperations } from "#core/api/budget.ts";
import { parseInput } from "#core/api/parse-input.ts";

test.each(["-1", "99999999999", "1.0000000001", "1e3", "", " 1", "x"])(
  "a budget of %p US dollars is refused by field before anything is done",
  (limit_usd) => {
    const refused = expect.objectContaining({ code: "invalid_request", details: { field: "limit_usd" } });
    const { createBudget, updateBudget } = budgetOperations;
    const wanted = { scope: "org", window: "day", mode: "hard", limit_usd };
    expect(() => parseInput(createBudget.input, wanted)).toThrow(refused);
    expect(() => parseInput(updateBudget.input, { id: "bud_1", limit_usd })).toThrow(refused);
  },
);

test.each(["0", "12.50", "0000000001", "9999999999.999999999"])(
  "a budget of %p US dollars can be asked for",
  (limit_usd) => {
    const wanted = { scope: "org", window: "day", mode: "hard", limit_usd };
    expect(parseInput(budgetOperations.createBudget.input, wanted).limit_usd).toBe(limit_usd);
  },
);
