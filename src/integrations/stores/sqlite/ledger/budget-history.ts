import type { Database } from "bun:sqlite";
import type { Budget, BudgetScope } from "#core/budgets/budget.ts";
import { dayMs } from "#integrations/stores/sqlite/ledger/totals.ts";

/** Subjects of the totals that a scope pays for; `?2` is its id. */
const subjects: Readonly<Record<Exclude<BudgetScope, "tag">, string>> = {
  org: "?2 <> ''",
  team: "s.team_id = ?2",
  user: "s.user_id = ?2",
  key: "s.key_id IN (SELECT id FROM api_key WHERE parent_id = ?2 UNION SELECT ?2)",
};

/**
 * What the budget's scope consumed from `startMs` on, the start of a UTC day, in nano-dollars. Throws where the sum leaves 64
 * bits. Days are summed, not rows; only tags, which the totals do not know, are looked up in the rows themselves.
 */
export function spentBefore(database: Database, { scope, scopeId }: Budget, startMs: number): bigint {
  const sum = database.query<{ readonly spent: string }, [number, string]>(
    scope === "tag"
      ? `SELECT CAST(coalesce(sum(cost_nanos), 0) AS TEXT) AS spent FROM usage_event
         WHERE at >= ?1 AND direction = 'consume' AND instr(',' || tags || ',', ',' || ?2 || ',') > 0`
      : `SELECT CAST(coalesce(sum(d.cost_nanos), 0) AS TEXT) AS spent
         FROM usage_day d JOIN usage_subject s ON s.id = d.subject JOIN usage_target t ON t.id = d.target
         WHERE d.day >= ?1 / ${dayMs} AND t.direction = 'consume' AND ${subjects[scope]}`,
  );
  return BigInt(sum.get(startMs, scopeId)?.spent ?? "0");
}
