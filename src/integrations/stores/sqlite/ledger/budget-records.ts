import type { BudgetId } from "#core/effects/ids.ts";
import type { Budget, BudgetMode, BudgetScope, BudgetState, BudgetWindow } from "#core/budgets/budget.ts";

/** A row of `budget` as `selectBudgets` reads it. */
export interface BudgetRecord {
  readonly id: string;
  readonly scope: BudgetScope;
  readonly scope_id: string;
  readonly window: BudgetWindow;
  readonly mode: BudgetMode;
  readonly limit_nanos: string;
  readonly created_at: number;
}

/** Reads rows as `BudgetRecord`; money travels as text, so that no digit is lost in a double. */
export const selectBudgets = `SELECT id, scope, scope_id, window, mode, CAST(limit_nanos AS TEXT) AS limit_nanos, created_at
  FROM budget`;

/** The budget in a record. */
export function toBudget(record: BudgetRecord): Budget {
  return {
    id: record.id as BudgetId,
    scope: record.scope,
    scopeId: record.scope_id,
    window: record.window,
    mode: record.mode,
    limitNanos: BigInt(record.limit_nanos),
    createdAtMs: record.created_at,
  };
}

/** A budget with a window of it, as `selectStates` reads it. */
export interface BudgetStateRecord extends BudgetRecord {
  readonly start_at: number;
  readonly spent: string;
  readonly reserved: string;
  readonly scope_name: string | null;
}

/**
 * Reads rows as `BudgetStateRecord`. Parameters: starts of the running day and month; id, scope, scope id, or null for any;
 * the user and the teams (as JSON) that what is shown must belong to, or null for all.
 */
export const selectStates = `
  WITH running AS (
    SELECT *, CASE window WHEN 'day' THEN ?1 WHEN 'month' THEN ?2 ELSE 0 END AS start_at FROM budget
  )
  SELECT b.id, b.scope, b.scope_id, b.window, b.mode, CAST(b.limit_nanos AS TEXT) AS limit_nanos, b.created_at, b.start_at,
         CAST(coalesce(p.spent_nanos, 0) AS TEXT)    AS spent,
         CAST(coalesce(p.reserved_nanos, 0) AS TEXT) AS reserved,
         coalesce(t.name, nullif(u.email, ''), k.name) AS scope_name
    FROM running b
         LEFT JOIN budget_period p ON p.budget_id = b.id AND p.start_at = b.start_at
         LEFT JOIN team t          ON b.scope = 'team' AND t.id = b.scope_id
         LEFT JOIN user u          ON b.scope = 'user' AND u.id = b.scope_id
         LEFT JOIN api_key k       ON b.scope = 'key' AND k.id = b.scope_id
   WHERE (?3 IS NULL OR b.id = ?3) AND (?4 IS NULL OR b.scope = ?4) AND (?5 IS NULL OR b.scope_id = ?5)
     AND (?6 IS NULL OR u.id = ?6 OR k.user_id = ?6 OR t.id IN (SELECT value FROM json_each(?7))
          OR k.team_id IN (SELECT value FROM json_each(?7)))
   ORDER BY b.created_at, b.id`;

/** The budget and its window in a record. */
export function toBudgetState(record: BudgetStateRecord): BudgetState {
  const budget = toBudget(record);
  return {
    budget,
    period: {
      budgetId: budget.id,
      startMs: record.start_at,
      spentNanos: BigInt(record.spent),
      reservedNanos: BigInt(record.reserved),
    },
    ...(record.scope_name !== null && { scopeName: record.scope_name }),
  };
}
