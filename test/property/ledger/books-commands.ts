import { expect } from "bun:test";
import fc from "fast-check";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import { recoverReservations } from "#core/budgets/reservation-recovery.ts";
import type { Posting } from "#core/budgets/reservation.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import type { InThreadStores } from "#integrations/stores/sqlite/in-thread.ts";
import { noon, sampleReservation, today } from "../../stores/sample-budget.ts";
import type { BooksModel } from "./books-model.ts";

/** Ids of the budgets that commands draw on; the first two are hard. */
export const budgetIds = ["bud_1", "bud_2", "bud_3"] as const;
/** Days in which calls begin: the first and the one after. */
export const days = [0, 1] as const;
const dayMs = 86_400_000;

export type BooksCommand = fc.AsyncCommand<BooksModel, InThreadStores>;

/** A time in a day, for whoever asks what its window has taken. */
export const inDay = (day: number): number => noon + day * dayMs;

function command(text: string, run: (model: BooksModel, real: InThreadStores) => Promise<void>): BooksCommand {
  const checked = async (model: BooksModel, real: InThreadStores): Promise<void> => {
    await run(model, real);
    await expectEqual(model, real);
  };
  return { check: () => true, run: checked, toString: () => text };
}

/** Balances, spent and reserved are those of the model; debits equal credits (L2). */
async function expectEqual(model: BooksModel, real: InThreadStores): Promise<void> {
  for (const day of days) {
    for (const { budget, period } of await real.budgets.budgetStates({ nowMs: inDay(day) })) {
      const expected = model.taken(`${budget.id}/${day}`);
      expect([budget.id, day, period.spentNanos, period.reservedNanos]).toEqual([
        budget.id,
        day,
        expected.spent,
        expected.reserved,
      ]);
      expect(period.reservedNanos >= 0n).toBe(true);
    }
  }
  const sums = real.database
    .query<{ debits: bigint; credits: bigint; moved: bigint }, []>(
      `SELECT coalesce(sum(debit_nanos), 0) AS debits, coalesce(sum(credit_nanos), 0) AS credits,
       (SELECT coalesce(sum(amount_nanos), 0) FROM transfer) AS moved FROM account`,
    )
    .get();
  const cost = Number([...model.settled.values()].reduce((sum, each) => sum + each, 0n));
  expect(sums as unknown).toEqual({ debits: cost, credits: cost, moved: cost });
}

const requestId = fc.integer({ min: 0, max: 15 }).map((number) => `req_${number}`);
/** Round ones often fill a budget to the nano-dollar. */
const nanos = fc.oneof(fc.constantFrom(50n, 100n, 150n, 300n), fc.bigInt({ min: 0n, max: 400n }));
const draws = fc.record({ ids: fc.subarray([...budgetIds]), day: fc.constantFrom(...days) });
const windowsOf = ({ ids, day }: { ids: readonly string[]; day: number }) => ids.map((id) => `${id}/${day}`);
const postingsOf = (windows: readonly string[]): readonly Posting[] =>
  windows.map((window) => {
    const [id = "", day] = window.split("/");
    return { budgetId: id as BudgetId, periodStartMs: today + Number(day) * dayMs };
  });

const reserve = fc.tuple(requestId, draws, nanos).map(([id, drawn, amount]) => {
  const windows = windowsOf(drawn);
  return command(`reserve ${id} ${amount} of ${windows.join()}`, async (model, real) => {
    const [verdict] = await real.budgets.reserve([sampleReservation(id, amount, postingsOf(windows))]);
    expect(verdict?.granted).toBe(model.reserve(id, windows, amount));
  });
});

/** Mostly of a call that holds something, and then of what it holds; delivered up to three times, in one batch or several. */
const settle = fc.tuple(requestId, draws, nanos, fc.integer({ min: 1, max: 3 }), fc.boolean()).map((drawn) => {
  const [id, others, cost, times, together] = drawn;
  return command(`settle ${id} ${cost} ${times} times`, async (model, real) => {
    const windows = model.open.get(id)?.windows ?? windowsOf(others);
    const copies = Array.from({ length: times }, () => sampleSettlement(id, { costNanos: cost }, postingsOf(windows)));
    for (const batch of together ? [copies] : copies.map((copy) => [copy])) await real.ledger.settle(batch);
    model.settle(id, windows, cost);
  });
});

const checkpoint = fc.tuple(requestId, nanos).map(([id, cost]) =>
  command(`checkpoint ${id} ${cost}`, async (model, real) => {
    await real.budgets.checkpoint([{ requestId: id as RequestId, draft: sampleEntry(id, { costNanos: cost }) }]);
    const held = model.open.get(id);
    if (held !== undefined) held.drafted = cost;
  }),
);

const release = requestId.map((id) =>
  command(`release ${id}`, async (model, real) => {
    await real.budgets.release([id, id]);
    model.release(id);
  }),
);

const crash = fc.constant(
  command("crash and recover", async (model, real) => {
    const record = (settlement: Parameters<InThreadStores["ledger"]["settle"]>[0][number]) =>
      real.ledger.settle([settlement]).then(() => undefined);
    await recoverReservations(await real.budgets.openReservations(), real.budgets, record);
    model.recover();
    for (const window of budgetIds.flatMap((id) => days.map((day) => `${id}/${day}`))) {
      expect(model.taken(window).reserved).toBe(0n);
    }
  }),
);

const limit = fc.tuple(fc.constantFrom(...budgetIds), fc.bigInt({ min: 0n, max: 600n })).map(([id, limitNanos]) =>
  command(`limit ${id} ${limitNanos}`, async (model, real) => {
    const trail = sampleTrail("updateBudget", id, inDay(0));
    await real.budgets.updateBudget(id as BudgetId, { limitNanos }, trail);
    const budget = model.budgets.get(id);
    if (budget !== undefined) budget.limit = limitNanos;
  }),
);

/** What happens to the books, in any order. */
export const booksCommands = fc.commands([reserve, settle, reserve, settle, checkpoint, release, crash, limit], {
  maxCommands: 60,
});
