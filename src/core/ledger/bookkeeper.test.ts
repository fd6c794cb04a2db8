import { beforeEach, describe, expect, test } from "bun:test";
import type { BudgetId, RequestId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import { bookkeeperScene, holdStore } from "#core/ledger/bookkeeper-scene.test-data.ts";
import { storageFailed, type Verdict } from "#core/ledger/fake-books.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import type { Settlement } from "#core/ledger/settlement.ts";

let s: ReturnType<typeof bookkeeperScene>;
beforeEach(() => {
  s = bookkeeperScene();
});

describe("group commit", () => {
  test("a lone row is handed to the store one microtask later", async () => {
    const done = s.record("a");
    await Promise.resolve();
    await Promise.resolve();
    expect(s.store.batches).toHaveLength(1);
    expect(await done).toBe("durable");
  });

  test("rows of one turn share a commit; rows that arrive meanwhile share the next", async () => {
    const store = holdStore(s.store);
    const early = [s.record("a"), s.record("b")];
    await s.clock.run(0);
    const late = [s.record("c"), s.record("d"), s.record("e")];
    await s.clock.run(0);
    expect(s.store.batches.map((batch) => batch.length)).toEqual([2]);
    store.release();
    await Promise.all(early);
    await s.clock.run(0);
    expect(s.store.batches.map((batch) => batch.length)).toEqual([2, 3]);
    store.release();
    expect(await Promise.all(late)).toEqual(["durable", "durable", "durable"]);
    expect(s.store.ids).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("nobody is told before the commit", async () => {
    const store = holdStore(s.store);
    let told = false;
    void s.record("a").then(() => {
      told = true;
    });
    await s.clock.run(1_000);
    expect(told).toBe(false);
    store.release();
    await s.clock.run(0);
    expect(told).toBe(true);
  });

  test("a batch has at most 500 rows", async () => {
    await Promise.all(Array.from({ length: 1_201 }, (_, index) => s.record(`r${index}`)));
    expect(s.store.batches.map((batch) => batch.length)).toEqual([500, 500, 201]);
  });

  test("a row recorded at any microtask after an acknowledgement is written too", async () => {
    for (let delay = 0; delay < 12; delay += 1) {
      await s.record(`first-${delay}`);
      for (let turn = 0; turn < delay; turn += 1) await Promise.resolve();
      const second = s.record(`second-${delay}`);
      await s.clock.run(0);
      expect(s.store.ids).toContain(`second-${delay}`);
      expect(await second).toBe("durable");
    }
  });
});

describe("F62: the books cannot be written for a while", () => {
  test.each(["full", "readonly", "busy"] as const)(
    "%s: rows become durable in the spool and the keeper unhealthy",
    async (reason) => {
      s.store.judge = () => storageFailed(reason);
      expect(await s.record("a")).toBe("durable");
      expect(s.keeper.healthy()).toBe(false);
      expect(await s.record("b")).toBe("durable");
      expect(s.spool.ids).toEqual(["a", "b"]);
      expect(s.store.batches).toHaveLength(1);
      expect(s.fatal).toEqual([]);
    },
  );

  test("what the spool holds follows in order, once, when the store recovers; then health returns", async () => {
    s.store.judge = () => storageFailed("full");
    for (const id of ["a", "b", "c"]) await s.record(id);
    s.store.judge = () => undefined;
    await s.clock.run(200);
    expect(s.keeper.healthy()).toBe(true);
    await s.record("d");
    expect(s.store.ids).toEqual(["a", "b", "c", "d"]);
    expect(s.spool.ids).toEqual([]);
    expect(s.log.events).toEqual(["ledger_spooling", "ledger_recovered"]);
  });

  test("retries back off to five seconds and never give up", async () => {
    s.store.judge = () => storageFailed("full");
    await s.record("a");
    await s.clock.run(60_000);
    const retries = s.store.batches.length - 1;
    expect(retries).toBeGreaterThan(10);
    expect(retries).toBeLessThan(20);
    s.store.judge = () => undefined;
    await s.clock.run(5_000);
    expect(s.keeper.healthy()).toBe(true);
    expect(s.clock.pending).toBe(0);
  });

  test("rows recorded while the spool is being emptied wait for one batch only and keep their order", async () => {
    s.store.judge = () => storageFailed("full");
    await Promise.all(Array.from({ length: 1_200 }, (_, index) => s.record(`r${index}`)));
    const store = holdStore(s.store);
    await s.clock.run(200);
    const late = s.record("late");
    store.release();
    await s.clock.run(0);
    expect(await late).toBe("durable");
    expect(s.store.entries).toHaveLength(500);
    for (let step = 0; step < 10; step += 1) {
      store.release();
      await s.clock.run(0);
    }
    expect(s.keeper.healthy()).toBe(true);
    expect(s.store.ids).toEqual([...Array.from({ length: 1_200 }, (_, index) => `r${index}`), "late"]);
  });
});

describe("F64: a failed fsync", () => {
  test("refuses every waiter, calls once for the end of the process, and acknowledges nothing more", async () => {
    const store = holdStore(s.store);
    const waiting = [s.record("a"), s.record("b")];
    await s.clock.run(0);
    waiting.push(s.record("c"));
    store.release(storageFailed("io"));
    expect(await Promise.all(waiting)).toEqual(["storage_failed", "storage_failed", "storage_failed"]);
    expect(await s.record("d")).toBe("storage_failed");
    expect(s.store.batches).toHaveLength(1);
    expect(s.spool.ids).toEqual([]);
    expect(s.fatal.map((error) => error.exitCode)).toEqual([75]);
    expect(s.keeper.healthy()).toBe(false);
  });

  test("of the spool ends the process as well", async () => {
    s.store.judge = () => storageFailed("full");
    s.spool.judge = () => storageFailed("io");
    expect(await s.record("a")).toBe("storage_failed");
    expect(s.fatal).toHaveLength(1);
    await s.clock.run(60_000);
    expect(s.keeper.healthy()).toBe(false);
  });

  test("a storage failure without a reason is taken for the worst", async () => {
    s.store.judge = () => new GatewayError("storage_failed", "The store is gone.");
    expect(await s.record("a")).toBe("storage_failed");
    expect(s.fatal).toHaveLength(1);
  });
});

describe("a row that the store refuses", () => {
  const refusing =
    (bad: string) =>
    (batch: readonly Settlement[]): Verdict =>
      batch.some(({ entry }) => entry.requestId === bad) ? new GatewayError("internal", "Internal error.") : undefined;

  test("pulls no other row down, and is reported", async () => {
    s.store.judge = refusing("bad");
    const outcomes = await Promise.all(["a", "bad", "b"].map(s.record));
    expect(outcomes).toEqual(["durable", "internal", "durable"]);
    expect(s.store.ids).toEqual(["a", "b"]);
    expect(s.log.lines).toMatchObject([{ event: "ledger_row_refused", fields: { request_id: "bad" } }]);
    expect(s.fatal).toEqual([]);
  });

  test("holds no money any longer: its caller was told that it failed", async () => {
    s.store.judge = refusing("bad");
    await Promise.all(["a", "bad", "b"].map(s.record));
    expect(s.released).toEqual(["bad"]);
    s.store.judge = () => storageFailed("full");
    s.spool.judge = () => storageFailed("full");
    expect(await s.record("unplaced")).toBe("storage_failed");
    expect(s.released).toEqual(["bad"]);
    s.store.judge = refusing("unplaced");
    await s.clock.run(200);
    expect(s.released).toEqual(["bad", "unplaced"]);
  });

  test("that cannot be freed now is refused all the same", async () => {
    s.store.judge = refusing("bad");
    s.holds.release = () => Promise.reject(storageFailed("busy"));
    expect(await s.record("bad")).toBe("internal");
    expect(s.log.events).toEqual(["ledger_row_refused", "reservation_not_released"]);
  });

  test("is not thrown away when it was acknowledged into the spool", async () => {
    s.store.judge = () => storageFailed("full");
    await s.record("bad");
    s.store.judge = refusing("bad");
    await s.clock.run(10_000);
    expect(s.spool.ids).toEqual(["bad"]);
    expect(s.keeper.healthy()).toBe(false);
    expect(s.fatal).toEqual([]);
  });
});

describe("life", () => {
  test("start brings what an earlier run left into the books, once, even if it got half-way", async () => {
    s.spool.settlements = ["a", "b", "c"].map((id) => sampleSettlement(id));
    s.store.entries.push(sampleEntry("a"));
    await s.keeper.start();
    expect(s.store.ids).toEqual(["a", "b", "c"]);
    expect(s.spool.ids).toEqual([]);
    expect(s.keeper.healthy()).toBe(true);
  });

  test("start succeeds, unhealthy, while the store is full, and fails when it is broken", async () => {
    s.spool.settlements = [sampleSettlement("a")];
    s.store.judge = () => storageFailed("full");
    await s.keeper.start();
    expect(s.keeper.healthy()).toBe(false);
    await s.keeper.stop();
    s.store.judge = () => storageFailed("io");
    await expect(s.keeper.start()).rejects.toThrow("The storage failed: io.");
  });

  test("T-33: stop waits for everything recorded, is safe twice and without a start", async () => {
    const store = holdStore(s.store);
    const rows = [s.record("a")];
    await s.clock.run(0);
    rows.push(s.record("b"));
    let stopped = false;
    const stop = s.keeper.stop().then(() => {
      stopped = true;
    });
    store.release();
    await s.clock.run(0);
    expect(stopped).toBe(false);
    store.release();
    await stop;
    expect(await Promise.all(rows)).toEqual(["durable", "durable"]);
    await s.keeper.stop();
  });

  test("stop ends the retries and leaves the spool for the next run", async () => {
    s.store.judge = () => storageFailed("full");
    await s.record("a");
    await s.keeper.stop();
    expect(s.clock.pending).toBe(0);
    expect(s.spool.ids).toEqual(["a"]);
  });

  test("metrics tell commits, rows, outcomes and what waits in the spool", async () => {
    await Promise.all(["a", "b"].map(s.record));
    expect(s.meter.observations("tokligence_ledger_batch_rows")).toEqual([2]);
    expect(s.meter.observations("tokligence_ledger_commit_duration_seconds")).toEqual([0]);
    expect(s.meter.value("tokligence_ledger_entries_total", "finished")).toBe(2);
    s.store.judge = () => storageFailed("full");
    await s.record("c");
    expect(s.meter.value("tokligence_ledger_spool_bytes")).toBe(100);
  });
});

test("T-40: what budgets say of a batch stands in the log once, and is counted", async () => {
  const budget = {
    id: "bud_1" as BudgetId,
    scope: "team",
    scopeId: "team_1",
    window: "day",
    mode: "soft",
    limitNanos: 1_000_000_000n,
    createdAtMs: 0,
  } as const;
  s.store.settled = {
    overruns: [{ requestId: "a" as RequestId, heldNanos: 1_000_000_000n, costNanos: 1_500_000_000n }],
    passed: [{ budget, startMs: 0, percent: 80, spentNanos: 900_000_000n }],
  };
  await s.record("a");
  expect(s.log.lines).toMatchObject([
    { level: "warn", event: "budget_overrun", fields: { request_id: "a", held_usd: "1", cost_usd: "1.5" } },
    {
      level: "warn",
      event: "budget_passed",
      fields: { budget_id: "bud_1", scope: "team:team_1", mode: "soft", percent: 80, spent_usd: "0.9", limit_usd: "1" },
    },
  ]);
  expect(s.meter.value("tokligence_budget_overruns_total")).toBe(1);
  expect(s.meter.value("tokligence_budget_overrun_usd_total")).toBe(0.5);
  expect(s.meter.value("tokligence_budget_passed_total", "team", "soft", "80")).toBe(1);
});
