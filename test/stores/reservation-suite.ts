import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import type { OpenStores } from "./engines.ts";
import { noon, postings, sampleBudget, sampleReservation, takenOf, today } from "./sample-budget.ts";

/** What every engine promises about what is held for calls under way. */
export function reservationSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`reservations on ${engine}`, () => {
    let stores: OpenStores;
    beforeEach(async () => {
      stores = await open();
      await stores.budgets.createBudget(sampleBudget(), sampleTrail());
    });
    afterEach(() => stores.close());

    const taken = (id?: string, nowMs?: number) => takenOf(stores.budgets, id, nowMs);
    const createHard = (id: string, limitNanos: bigint) =>
      stores.budgets.createBudget(sampleBudget(id, { scope: "tag", scopeId: id, limitNanos }), sampleTrail());

    test("an amount is held until its call is settled, then what it cost takes its place", async () => {
      expect(await stores.budgets.reserve([sampleReservation("req_1", 600n)])).toEqual([{ granted: true }]);
      expect(await taken()).toEqual([0n, 600n]);
      const { overruns } = await stores.ledger.settle([
        sampleSettlement("req_1", { costNanos: 250n }, postings("bud_1")),
      ]);
      expect([overruns, await taken()]).toEqual([[], [250n, 0n]]);
      expect(await stores.budgets.openReservations()).toEqual([]);
    });

    test("F107, T-27: of 64 calls at once against a budget for 10 exactly 10 are let through", async () => {
      const calls = Array.from({ length: 64 }, (_, index) => sampleReservation(`req_${index}`, 100n));
      const verdicts = await Promise.all(calls.map((call) => stores.budgets.reserve([call])));
      expect(verdicts.flat().filter(({ granted }) => granted)).toHaveLength(10);
      expect(await taken()).toEqual([0n, 1_000n]);
    });

    test("all budgets of a call give or none, and the first by id that cannot is named with what it has left", async () => {
      await createHard("bud_0", 500n);
      await createHard("bud_2", 100n);
      await createHard("bud_3", 50n);
      const call = sampleReservation("req_1", 300n, postings("bud_3", "bud_2", "bud_1", "bud_0"));
      expect(await stores.budgets.reserve([call])).toEqual([
        { granted: false, budgetId: "bud_2" as BudgetId, leftNanos: 100n },
      ]);
      for (const id of ["bud_0", "bud_1", "bud_2", "bud_3"]) expect(await taken(id)).toEqual([0n, 0n]);
      expect(await stores.budgets.openReservations()).toEqual([]);
    });

    test("a soft budget never refuses, and a budget that is gone holds nobody up", async () => {
      const soft = sampleBudget("bud_soft", { scope: "tag", scopeId: "soft", mode: "soft", limitNanos: 1n });
      await stores.budgets.createBudget(soft, sampleTrail());
      const call = sampleReservation("req_1", 300n, postings("bud_soft", "bud_gone"));
      expect(await stores.budgets.reserve([call])).toEqual([{ granted: true }]);
      expect(await taken("bud_soft")).toEqual([0n, 300n]);
    });

    test("a budget that is taken away while calls run costs them nothing but itself", async () => {
      await stores.budgets.reserve([sampleReservation("req_1", 300n)]);
      await stores.budgets.deleteBudget("bud_1" as BudgetId, sampleTrail("deleteBudget"));
      await stores.ledger.settle([sampleSettlement("req_1", { costNanos: 250n }, postings("bud_1"))]);
      expect(await stores.ledger.logs({ limit: 10 })).toHaveLength(1);
      expect(await stores.budgets.openReservations()).toEqual([]);
    });

    test("L4: a message that is delivered again changes nothing, before the end or after it", async () => {
      const reservation = sampleReservation("req_1", 600n);
      const settlement = sampleSettlement("req_1", { costNanos: 250n }, postings("bud_1"));
      await stores.budgets.reserve([reservation, reservation]);
      expect(await stores.budgets.reserve([reservation])).toEqual([{ granted: true }]);
      expect(await taken()).toEqual([0n, 600n]);
      await stores.ledger.settle([settlement, settlement]);
      await stores.budgets.reserve([reservation]);
      await stores.budgets.release(["req_1"]);
      await stores.ledger.settle([settlement]);
      expect(await taken()).toEqual([250n, 0n]);
    });

    test("what was released is free, and a late copy of it holds nothing", async () => {
      await stores.budgets.reserve([sampleReservation("req_1", 600n)]);
      await stores.budgets.release(["req_1", "req_1", "req_unknown"]);
      await stores.budgets.reserve([sampleReservation("req_1", 600n)]);
      expect([await taken(), await stores.budgets.openReservations()]).toEqual([[0n, 0n], []]);
      await stores.ledger.settle([sampleSettlement("req_1", { costNanos: 5n }, postings("bud_1"))]);
      expect(await taken()).toEqual([5n, 0n]);
    });

    test("a call that cost more than was held is in the books as it was, is told, and the next one sees it", async () => {
      await stores.budgets.reserve([sampleReservation("req_1", 900n)]);
      const { overruns, passed } = await stores.ledger.settle([
        sampleSettlement("req_1", { costNanos: 1_200n }, postings("bud_1")),
      ]);
      expect(overruns).toEqual([{ requestId: "req_1" as RequestId, heldNanos: 900n, costNanos: 1_200n }]);
      expect(passed.map(({ percent }) => percent)).toEqual([100]);
      expect(await taken()).toEqual([1_200n, 0n]);
      expect(await stores.budgets.reserve([sampleReservation("req_2", 1n)])).toEqual([
        { granted: false, budgetId: "bud_1" as BudgetId, leftNanos: 0n },
      ]);
    });

    test("a budget that becomes hard with more under way than it has refuses what is new, and lets what runs end", async () => {
      const id = "bud_1" as BudgetId;
      await stores.budgets.updateBudget(id, { mode: "soft" }, sampleTrail("updateBudget", id, noon));
      await stores.budgets.reserve([sampleReservation("req_1", 5_000n)]);
      await stores.budgets.updateBudget(id, { mode: "hard" }, sampleTrail("updateBudget", id, noon));
      expect((await stores.budgets.reserve([sampleReservation("req_2", 1n)]))[0]?.granted).toBe(false);
      await stores.ledger.settle([sampleSettlement("req_1", { costNanos: 4_000n }, postings("bud_1"))]);
      expect(await taken()).toEqual([4_000n, 0n]);
    });

    test("L12: a call that ends after midnight counts in the day in which it began", async () => {
      await stores.budgets.reserve([sampleReservation("req_1", 600n)]);
      const tomorrow = noon + 86_400_000;
      const late = sampleSettlement("req_1", { costNanos: 250n, atMs: tomorrow }, postings("bud_1"));
      await stores.ledger.settle([late]);
      expect([await taken(), await taken("bud_1", tomorrow)]).toEqual([
        [250n, 0n],
        [0n, 0n],
      ]);
      const next = [{ budgetId: "bud_1" as BudgetId, periodStartMs: today + 86_400_000 }];
      expect(await stores.budgets.reserve([sampleReservation("req_2", 1_000n, next)])).toEqual([{ granted: true }]);
    });

    test("L12: a window that is over keeps its own limit for calls that still come into it, as after a step of the clock", async () => {
      const id = "bud_1" as BudgetId;
      const yesterday = [{ budgetId: id, periodStartMs: today - 86_400_000 }];
      await stores.budgets.reserve([sampleReservation("req_1", 900n, yesterday)]);
      await stores.budgets.updateBudget(id, { limitNanos: 9_000n }, sampleTrail("updateBudget", id, noon));
      const late = [sampleReservation("req_2", 200n, yesterday), sampleReservation("req_3", 100n, yesterday)];
      expect(await stores.budgets.reserve(late)).toEqual([
        { granted: false, budgetId: id, leftNanos: 100n },
        { granted: true },
      ]);
      await stores.budgets.updateBudget(id, { mode: "soft" }, sampleTrail("updateBudget", id, noon));
      const more = await stores.budgets.reserve([sampleReservation("req_4", 1n, yesterday)]);
      expect(more).toEqual([{ granted: false, budgetId: id, leftNanos: 0n }]);
    });

    test("open reservations come back with the draft of their newest checkpoint", async () => {
      const [first, second] = [sampleReservation("req_1", 10n), sampleReservation("req_2", 20n)];
      await stores.budgets.reserve([first, second]);
      const draft = sampleEntry("req_2", { costNanos: 9_007_199_254_740_993n, overheadNanos: 3n, outputTokens: 1_000 });
      await stores.budgets.checkpoint([
        { requestId: second.requestId, draft: sampleEntry("req_2") },
        { requestId: second.requestId, draft },
        { requestId: "req_unknown" as RequestId, draft },
      ]);
      expect(await stores.budgets.openReservations()).toEqual([
        { ...first, checkpointed: false },
        { ...second, draft, checkpointed: true },
      ]);
    });

    test("F110: amounts that are negative or do not fit 64 bits are refused whole", async () => {
      for (const amount of [-1n, 2n ** 63n, -(2n ** 63n)]) {
        const batch = [sampleReservation("req_1", 1n), sampleReservation("req_2", amount)];
        expect(await rejectionOf(stores.budgets.reserve(batch))).toMatchObject({ code: "internal" });
      }
      expect(await taken()).toEqual([0n, 0n]);
      expect((await stores.budgets.reserve([sampleReservation("req_3", 2n ** 63n - 1n)]))[0]?.granted).toBe(false);
    });
  });
}
