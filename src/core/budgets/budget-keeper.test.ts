import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { GatewayError } from "#core/errors.ts";
import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import { localPrincipal } from "#core/identity/principal.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { BudgetKeeper } from "#core/budgets/budget-keeper.ts";
import type { BudgetStore } from "#core/budgets/budget-store.ts";
import type { Budget } from "#core/budgets/budget.ts";
import { FakeSpool, storageFailed } from "#core/ledger/fake-books.ts";
import type { Reservation } from "#core/budgets/reservation.ts";
import { noPredecessor, type Predecessor } from "#core/ledger/predecessor.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { type InThreadStores, openInThread } from "#integrations/stores/sqlite/in-thread.ts";

const id = "bud_1" as BudgetId;
const postings = [{ budgetId: id, periodStartMs: 0 }];
const budget: Budget = {
  id,
  scope: "org",
  scopeId: "org",
  window: "total",
  mode: "hard",
  limitNanos: 1_000_000n,
  createdAtMs: 0,
};

let stores: InThreadStores;
let clock: VirtualClock;
let log: RecordingLog;
let feed: MemoryChangeFeed;
let spool: FakeSpool;
beforeEach(() => {
  stores = openInThread();
  clock = new VirtualClock();
  log = new RecordingLog();
  feed = new MemoryChangeFeed();
  spool = new FakeSpool();
});
afterEach(() => stores.close());

/** What a process would start: a bookkeeper, and the keeper after it. */
async function start(
  store: BudgetStore = stores.budgets,
  ledger = stores.ledger,
  predecessor: Predecessor = noPredecessor,
): Promise<BudgetKeeper> {
  const around = { clock, log, meter: nullMeter, onFatal: () => {} };
  const bookkeeper = new Bookkeeper({ ...around, store: ledger, holds: store, spool });
  await bookkeeper.start();
  const keeper = new BudgetKeeper({ store, bookkeeper, feed, predecessor, clock, log });
  await keeper.start();
  return keeper;
}

/** Books that take no row until there is room. */
function fullLedger() {
  let isFull = true;
  const settle: InThreadStores["ledger"]["settle"] = async (batch) => {
    if (isFull) throw storageFailed("full");
    return stores.ledger.settle(batch);
  };
  const makeRoom = (): void => {
    isFull = false;
  };
  return { ledger: { ...stores.ledger, settle }, makeRoom };
}

function reservation(requestId: string, amountNanos = 100n): Reservation {
  const draft = sampleEntry(requestId, { costNanos: 40n, outcome: "finished", usageSource: "upstream" });
  return { requestId: requestId as RequestId, postings, amountNanos, draft, atMs: 0 };
}

const taken = async () => {
  const [state] = await stores.budgets.budgetStates({ nowMs: clock.now() });
  return [state?.period.spentNanos, state?.period.reservedNanos];
};

describe("which budgets count", () => {
  test("those that were set before the start, and any that is set while it runs, from the answer on", async () => {
    const keeper = await start();
    const applied = () => keeper.of(localPrincipal, [], clock.now())?.postings;
    expect(applied()).toBeUndefined();
    await stores.budgets.createBudget(budget, sampleTrail());
    feed.publish("budgets.changed", id);
    // Whoever changes a budget reads it again before it answers, on the way on which the keeper asked first.
    await stores.budgets.budgetStates({ id, nowMs: clock.now() });
    expect(applied()).toEqual(postings);
    const next = await start();
    expect(next.of(localPrincipal, [], clock.now())?.hasHard).toBe(true);
    await next.stop();
    await keeper.stop();
    await stores.budgets.deleteBudget(id, sampleTrail("deleteBudget"));
    feed.publish("budgets.changed", id);
    await clock.run(0);
    expect(applied()).toEqual(postings);
  });

  test("a list that could not be read again is tried until it can, and the old one counts until then", async () => {
    const keeper = await start();
    await stores.budgets.createBudget(budget, sampleTrail());
    const { listBudgets } = stores.budgets;
    let failures = 2;
    Object.assign(stores.budgets, {
      listBudgets: async () => {
        failures -= 1;
        if (failures >= 0) throw storageFailed("busy");
        return listBudgets();
      },
    });
    feed.publish("budgets.changed");
    await clock.run(500);
    expect(keeper.of(localPrincipal, [], clock.now())).toBeUndefined();
    await clock.run(2_000);
    expect(keeper.of(localPrincipal, [], clock.now())?.postings).toEqual(postings);
    expect(log.events).toEqual(["budgets_not_reloaded", "budgets_not_reloaded"]);
  });
});

describe("what an earlier process left open", () => {
  beforeEach(() => stores.budgets.createBudget(budget, sampleTrail()));

  test("is settled by its last checkpoint where tokens flowed, marked as recovered and estimated, else released", async () => {
    await stores.budgets.reserve([reservation("req_1"), reservation("req_2")]);
    const draft = sampleEntry("req_2", { costNanos: 70n });
    await stores.budgets.checkpoint([{ requestId: "req_2" as RequestId, draft }]);
    await start();
    expect(await taken()).toEqual([70n, 0n]);
    const rows = await stores.ledger.logs({ limit: 10 });
    expect(rows).toMatchObject([
      { requestId: "req_2", outcome: "aborted", errorCode: "recovered", usageSource: "estimated", costNanos: 70n },
    ]);
    expect(log.lines).toMatchObject([{ event: "reservations_recovered", fields: { settled: 1, released: 1 } }]);
    expect(await stores.budgets.openReservations()).toEqual([]);
  });

  test("is settled as it really ended where the spool knows that", async () => {
    await stores.budgets.reserve([reservation("req_1")]);
    await stores.budgets.checkpoint([{ requestId: "req_1" as RequestId, draft: reservation("req_1").draft }]);
    spool.settlements = [sampleSettlement("req_1", { costNanos: 90n }, postings)];
    await start();
    expect(await taken()).toEqual([90n, 0n]);
    expect(await stores.ledger.logs({ limit: 10 })).toMatchObject([{ outcome: "finished", costNanos: 90n }]);
  });

  test("by a process that still ends its calls stays held until it is gone; then its rows count before its drafts, and ours stay", async () => {
    await stores.budgets.reserve([reservation("req_1"), reservation("req_2")]);
    let isAlive = true;
    let left = [sampleSettlement("req_2", { costNanos: 30n }, postings)];
    const predecessor = {
      isAlive: () => isAlive,
      rows: async () => left,
      forget: async () => {
        left = [];
      },
    };
    const keeper = await start(stores.budgets, stores.ledger, predecessor);
    await keeper.reserve(reservation("req_3"));
    // One that it held only after this process had started.
    await stores.budgets.reserve([reservation("req_4")]);
    await stores.budgets.checkpoint([
      { requestId: "req_4" as RequestId, draft: sampleEntry("req_4", { costNanos: 7n }) },
    ]);
    await clock.run(5_000);
    expect(await taken()).toEqual([0n, 400n]);
    isAlive = false;
    await clock.run(1_000);
    await keeper.stop();
    expect(await taken()).toEqual([37n, 100n]);
    expect(left).toEqual([]);
    expect(log.events).toEqual(["left_rows_entered", "reservations_recovered"]);
    expect((await stores.budgets.openReservations()).map(({ requestId }) => requestId as string)).toEqual(["req_3"]);
  });

  test("stays held while the books cannot be written, and is ended once they can", async () => {
    await stores.budgets.reserve([reservation("req_1")]);
    spool.settlements = [sampleSettlement("req_0", { costNanos: 5n }, postings)];
    const { ledger, makeRoom } = fullLedger();
    const keeper = await start(stores.budgets, ledger);
    expect(await taken()).toEqual([0n, 100n]);
    await keeper.reserve(reservation("req_new", 7n));
    makeRoom();
    await clock.run(10_000);
    expect(await taken()).toEqual([5n, 7n]);
  });

  test("does not hold up what else was left open where the books refuse a row of it", async () => {
    await stores.budgets.reserve([reservation("req_1"), reservation("req_2", 30n), reservation("req_bad", 7n)]);
    const flowed = ["req_bad", "req_2"].map((each) => reservation(each));
    await stores.budgets.checkpoint(flowed.map(({ requestId, draft }) => ({ requestId, draft })));
    const settle: InThreadStores["ledger"]["settle"] = async (batch) => {
      if (batch.some(({ entry }) => entry.requestId === "req_bad")) throw new GatewayError("internal", "No such row.");
      return stores.ledger.settle(batch);
    };
    await start(stores.budgets, { ...stores.ledger, settle });
    // A row that will never be there holds nothing.
    expect(await taken()).toEqual([40n, 0n]);
  });

  test("is left alone once the keeper has stopped, however far it had come", async () => {
    await stores.budgets.reserve([reservation("req_1")]);
    spool.settlements = [sampleSettlement("req_0", { costNanos: 5n }, postings)];
    const { ledger, makeRoom } = fullLedger();
    const asked: string[] = [];
    const release: BudgetStore["release"] = async () => {
      asked.push("release");
      await gate.promise;
      throw storageFailed("io");
    };
    const gate = Promise.withResolvers<void>();
    const listBudgets: BudgetStore["listBudgets"] = async () => {
      asked.push("list");
      if (asked.length > 1) throw storageFailed("io");
      return [];
    };
    const { openReservations, reserve, checkpoint } = stores.budgets;
    const store = { ...stores.budgets, release, listBudgets, openReservations, reserve, checkpoint };
    const keeper = await start(store, ledger);
    makeRoom();
    await clock.run(10_000);
    expect(asked).toEqual(["list", "release"]);
    feed.publish("budgets.changed");
    const stopping = keeper.stop();
    gate.resolve();
    await stopping;
    await clock.run(60_000);
    expect(asked).toEqual(["list", "release", "list"]);
  });

  test("is ended, were it 10,000 calls", async () => {
    const all = Array.from({ length: 10_000 }, (_, index) => reservation(`req_${index}`));
    await stores.budgets.reserve(all);
    const flowed = all.slice(0, 5_000).map(({ requestId, draft }) => ({ requestId, draft }));
    await stores.budgets.checkpoint(flowed);
    await start();
    expect(await taken()).toEqual([200_000n, 0n]);
  });
});
