import { expect, test } from "bun:test";
import type { BudgetId, KeyId, TeamId, UserId } from "#core/effects/ids.ts";
import { localPrincipal, type Principal } from "#core/identity/principal.ts";
import { BudgetIndex } from "#core/budgets/budget-index.ts";
import type { Budget } from "#core/budgets/budget.ts";

const noonMs = Date.UTC(2026, 0, 15, 12);
const budget = (id: string, changes: Partial<Budget> = {}): Budget => {
  const common = { scope: "org", scopeId: "org", window: "day", mode: "hard", limitNanos: 1n } as const;
  return { id: id as BudgetId, ...common, createdAtMs: 0, ...changes };
};
const caller: Principal = {
  ...localPrincipal,
  kind: "key",
  keyId: "key_1" as KeyId,
  userId: "usr_1" as UserId,
  teamId: "team_1" as TeamId,
};

function indexOf(...budgets: readonly Budget[]): BudgetIndex {
  const index = new BudgetIndex();
  index.replace(budgets);
  return index;
}

const idsOf = (index: BudgetIndex, principal = caller, tags: readonly string[] = []) =>
  index.of(principal, tags, noonMs)?.postings.map(({ budgetId }) => budgetId as string);

test("without budgets, or without one that applies, there is nothing to draw on", () => {
  expect(new BudgetIndex().of(caller, ["ci"], noonMs)).toBeUndefined();
  expect(indexOf(budget("bud_1", { scope: "key", scopeId: "key_2" })).of(caller, ["ci"], noonMs)).toBeUndefined();
});

test("a call draws on the budgets of everybody, its team, user, key and tags, in order of id", () => {
  const index = indexOf(
    budget("bud_6", { scope: "tag", scopeId: "ci" }),
    budget("bud_5", { scope: "key", scopeId: "key_1" }),
    budget("bud_4", { scope: "user", scopeId: "usr_1" }),
    budget("bud_3", { scope: "team", scopeId: "team_1" }),
    budget("bud_2"),
    budget("bud_1", { window: "month" }),
    budget("bud_0", { scope: "tag", scopeId: "nightly" }),
    budget("bud_9", { scope: "user", scopeId: "usr_2" }),
  );
  expect(idsOf(index, caller, ["ci", "ci", "other"])).toEqual(["bud_1", "bud_2", "bud_3", "bud_4", "bud_5", "bud_6"]);
  expect(idsOf(index, localPrincipal)).toEqual(["bud_1", "bud_2"]);
});

test("F96 a key that was made by a key draws on that one's budget too", () => {
  const index = indexOf(budget("bud_1", { scope: "key", scopeId: "key_0" }));
  expect(idsOf(index)).toBeUndefined();
  expect(idsOf(index, { ...caller, parentId: "key_0" as KeyId })).toEqual(["bud_1"]);
});

test("each budget comes with the window that runs at the time of the call", () => {
  const index = indexOf(budget("bud_1"), budget("bud_2", { window: "month" }), budget("bud_3", { window: "total" }));
  const starts = index.of(caller, [], noonMs)?.postings.map(({ periodStartMs }) => periodStartMs);
  expect(starts).toEqual([Date.UTC(2026, 0, 15), Date.UTC(2026, 0, 1), 0]);
});

test("one hard budget is enough to hold an amount, soft ones alone are not", () => {
  const [soft, hard] = [budget("bud_1", { mode: "soft" }), budget("bud_2", { window: "month" })];
  expect(indexOf(soft, hard).of(caller, [], noonMs)?.hasHard).toBe(true);
  expect(indexOf(soft).of(caller, [], noonMs)?.hasHard).toBe(false);
});

test("a new list takes the place of the old one whole", () => {
  const index = indexOf(budget("bud_1"));
  index.replace([budget("bud_2", { scope: "key", scopeId: "key_1" })]);
  expect([idsOf(index), index.find("bud_1" as BudgetId)]).toEqual([["bud_2"], undefined]);
  index.replace([]);
  expect(idsOf(index)).toBeUndefined();
});
