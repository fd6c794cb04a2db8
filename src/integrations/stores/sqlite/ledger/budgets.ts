import type { Database } from "bun:sqlite";
import type { BudgetId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { BudgetQuery, BudgetStore } from "#core/budgets/budget-store.ts";
import {
  type Budget,
  type BudgetMode,
  type BudgetState,
  type BudgetWindow,
  periodStart,
} from "#core/budgets/budget.ts";
import type { Checkpoint, Reservation } from "#core/budgets/reservation.ts";
import {
  type BudgetRecord,
  type BudgetStateRecord,
  selectBudgets,
  selectStates,
  toBudget,
  toBudgetState,
} from "#integrations/stores/sqlite/ledger/budget-records.ts";
import { spentBefore } from "#integrations/stores/sqlite/ledger/budget-history.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { isDuplicate } from "#integrations/stores/sqlite/constraint.ts";
import { ReservationTable } from "#integrations/stores/sqlite/ledger/reservations.ts";
import { traced, TrailTables } from "#integrations/stores/sqlite/trail.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

type BudgetChange = Parameters<BudgetStore["updateBudget"]>[1];

/** The calls of budgets and of what is held of them. */
export function budgetCalls(database: Database, commits: Commits): AtOnce<BudgetStore> {
  const tables = new BudgetTables(database);
  const reservations = new ReservationTable(database);
  const trails = new TrailTables(database);
  return {
    listBudgets: () => tables.list(),
    budgetStates: (query) => tables.states(query),
    createBudget: traced(commits, trails, (budget) => tables.create(budget)),
    updateBudget: traced(commits, trails, (id, change, { audit }) => tables.update(id, change, audit.atMs)),
    deleteBudget: traced(commits, trails, (id) => tables.remove(id)),
    reserve: commits.durable((batch: readonly Reservation[]) => batch.map((each) => reservations.reserve(each))),
    checkpoint: commits.durable((batch: readonly Checkpoint[]) => {
      for (const each of batch) reservations.checkpoint(each);
    }),
    release: commits.durable((requestIds: readonly string[]) => {
      for (const each of requestIds) reservations.release(each);
    }),
    openReservations: () => reservations.open(),
  };
}

/** Budgets and their windows. Changes are only ever made inside a transaction. */
class BudgetTables {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): readonly Budget[] {
    const all = this.#database.query<BudgetRecord, []>(`${selectBudgets} ORDER BY created_at, id`);
    return all.all().map(toBudget);
  }

  states({ nowMs, id, scope, scopeId, visibleTo }: BudgetQuery): readonly BudgetState[] {
    const asked = this.#database.query<BudgetStateRecord, (string | number | null)[]>(selectStates);
    const sight = visibleTo === undefined ? [null, null] : [visibleTo.userId, JSON.stringify(visibleTo.teamIds)];
    const wanted = [id ?? null, scope ?? null, scopeId ?? null];
    return asked.all(periodStart("day", nowMs), periodStart("month", nowMs), ...wanted, ...sight).map(toBudgetState);
  }

  create(budget: Budget): void {
    refuseUnstorable(budget);
    const { id, scope, scopeId, window, mode, limitNanos, createdAtMs } = budget;
    try {
      this.#database
        .query(
          "INSERT INTO budget (id, scope, scope_id, window, mode, limit_nanos, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .run(id, scope, scopeId, window, mode, limitNanos, createdAtMs);
    } catch (cause) {
      if (!isDuplicate(cause)) throw cause;
      throw new GatewayError("conflict", "This scope has a budget for this window already.", { cause });
    }
    const startMs = periodStart(window, createdAtMs);
    const spent = spentBefore(this.#database, budget, startMs);
    this.#database
      .query(
        `INSERT INTO budget_period (budget_id, start_at, mode, limit_nanos, spent_nanos, overrun_nanos)
         VALUES (?1, ?2, ?3, ?4, ?5, iif(?3 = 'hard', max(0, ?5 - ?4), 0))`,
      )
      .run(id, startMs, mode, limitNanos, spent);
  }

  update(id: BudgetId, change: BudgetChange, nowMs: number): boolean {
    const changed = this.#database
      .query<{ window: BudgetWindow; mode: BudgetMode; limited: string }, [bigint | null, string | null, string]>(
        `UPDATE budget SET limit_nanos = coalesce(?1, limit_nanos), mode = coalesce(?2, mode) WHERE id = ?3
         RETURNING window, mode, CAST(limit_nanos AS TEXT) AS limited`,
      )
      .get(change.limitNanos ?? null, change.mode ?? null, id);
    if (changed === null) return false;
    const limitNanos = BigInt(changed.limited);
    refuseUnstorable({ limitNanos: change.limitNanos ?? limitNanos });
    // Windows that are over keep what held in them. What is beyond the new limit already stays, and is no surprise.
    this.#database
      .query(
        `UPDATE budget_period SET mode = ?1, limit_nanos = ?2,
           overrun_nanos = iif(?1 = 'hard', max(overrun_nanos, spent_nanos + reserved_nanos - ?2), overrun_nanos)
         WHERE budget_id = ?3 AND start_at >= ?4`,
      )
      .run(changed.mode, limitNanos, id, periodStart(changed.window, nowMs));
    return true;
  }

  remove(id: BudgetId): boolean {
    return this.#database.query("DELETE FROM budget WHERE id = ?").run(id).changes > 0;
  }
}

/** SQLite would keep the lowest 64 bits without a word. */
function refuseUnstorable({ limitNanos }: Pick<Budget, "limitNanos">): void {
  if (limitNanos >= 0n && BigInt.asIntN(64, limitNanos) === limitNanos) return;
  throw new GatewayError("invalid_request", "The limit of a budget is an amount from 0 to 9223372036.854775807 USD.", {
    details: { field: "limit_usd" },
  });
}
