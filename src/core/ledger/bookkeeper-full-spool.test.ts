import { beforeEach, describe, expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { bookkeeperScene, holdStore } from "#core/ledger/bookkeeper-scene.test-data.ts";
import { storageFailed } from "#core/ledger/fake-books.ts";

let s: ReturnType<typeof bookkeeperScene>;
beforeEach(() => {
  s = bookkeeperScene();
});

describe("F62: neither books nor spool take rows", () => {
  test("a full spool refuses rows, keeps the process, and takes rows again when there is space", async () => {
    s.store.judge = () => storageFailed("full");
    s.spool.judge = () => storageFailed("full");
    expect(s.keeper.rowsGo()).toBe("books");
    expect(await s.record("a")).toBe("storage_failed");
    expect([s.fatal, s.keeper.rowsGo()]).toEqual([[], "nowhere"]);
    s.spool.judge = () => undefined;
    expect(await s.record("b")).toBe("durable");
    expect(s.keeper.rowsGo()).toBe("spool");
  });

  test("a full spool with failing books lets nothing in over many retries, and recovers by itself", async () => {
    s.store.judge = () => storageFailed("readonly");
    s.spool.judge = () => storageFailed("readonly");
    expect(await s.record("a")).toBe("storage_failed");
    for (let second = 0; second < 60; second += 1) {
      expect([s.keeper.rowsGo(), s.keeper.healthy()]).toEqual(["nowhere", false]);
      await s.clock.run(1_000);
    }
    expect([s.store.batches.length > 10, s.log.events.includes("ledger_recovered")]).toEqual([true, false]);
    s.store.judge = () => undefined;
    await s.clock.run(5_000);
    expect([s.keeper.rowsGo(), s.keeper.healthy(), await s.record("b")]).toEqual(["books", true, "durable"]);
    // What showed that there is room is in the books too: the provider had been paid for it.
    expect([s.store.ids, s.clock.pending]).toEqual([["a", "b"], 0]);
  });

  test("the same with rows in the spool: books that take them let work in again", async () => {
    s.store.judge = () => storageFailed("full");
    expect(await s.record("a")).toBe("durable");
    s.spool.judge = () => storageFailed("full");
    expect(await s.record("b")).toBe("storage_failed");
    await s.clock.run(60_000);
    expect(s.keeper.rowsGo()).toBe("nowhere");
    s.store.judge = () => undefined;
    await s.clock.run(5_000);
    expect([s.keeper.rowsGo(), s.spool.ids, s.store.ids]).toEqual(["books", [], ["a", "b"]]);
  });

  test("a spool with room again lets work in, also while the books go on failing", async () => {
    s.store.judge = () => storageFailed("readonly");
    s.spool.judge = () => storageFailed("full");
    expect(await s.record("a")).toBe("storage_failed");
    await s.clock.run(60_000);
    s.spool.judge = () => undefined;
    expect(s.keeper.rowsGo()).toBe("nowhere");
    await s.clock.run(5_000);
    expect([s.keeper.rowsGo(), s.keeper.healthy(), await s.record("b")]).toEqual(["spool", false, "durable"]);
    s.store.judge = () => undefined;
    await s.clock.run(5_000);
    expect([s.keeper.rowsGo(), s.store.ids]).toEqual(["books", ["a", "b"]]);
    expect(s.meter.value("tokligence_ledger_entries_total", "finished")).toBe(2);
  });

  test("no row that found no place is forgotten: providers were paid for each, and money is held for it", async () => {
    s.store.judge = () => storageFailed("full");
    s.spool.judge = () => storageFailed("full");
    expect([await s.record("a"), await s.record("b")]).toEqual(["storage_failed", "storage_failed"]);
    s.spool.judge = () => undefined;
    expect(await s.record("c")).toBe("durable");
    expect([s.keeper.rowsGo(), s.spool.ids]).toEqual(["spool", ["a", "b", "c"]]);
    s.store.judge = () => undefined;
    await s.clock.run(5_000);
    expect(s.store.ids).toEqual(["a", "b", "c"]);
  });

  test("nor are those beside one that the books refuse", async () => {
    s.store.judge = () => storageFailed("full");
    s.spool.judge = () => storageFailed("full");
    for (const id of ["a", "bad", "b"]) expect(await s.record(id)).toBe("storage_failed");
    s.store.judge = (rows) =>
      rows.some(({ entry }) => entry.requestId === "bad") ? new GatewayError("internal", "No such row.") : undefined;
    await s.clock.run(5_000);
    expect([s.keeper.rowsGo(), s.store.ids]).toEqual(["books", ["a", "b"]]);
  });

  test("a row that finds the spool full while it is being emptied shuts nothing for ever", async () => {
    s.store.judge = () => storageFailed("full");
    expect(await s.record("a")).toBe("durable");
    const store = holdStore(s.store);
    await s.clock.run(200);
    s.spool.judge = () => storageFailed("full");
    const late = s.record("late");
    store.release();
    await s.clock.run(0);
    expect(await late).toBe("storage_failed");
    expect(s.keeper.rowsGo()).toBe("nowhere");
    store.release();
    await s.clock.run(0);
    expect([s.keeper.rowsGo(), s.keeper.healthy()]).toEqual(["books", true]);
  });

  test("a row that the books refuse, having found no place, does not keep them shut", async () => {
    s.store.judge = () => storageFailed("full");
    s.spool.judge = () => storageFailed("full");
    expect(await s.record("bad")).toBe("storage_failed");
    s.store.judge = () => new GatewayError("internal", "Internal error.");
    await s.clock.run(200);
    s.store.judge = () => undefined;
    expect([s.keeper.rowsGo(), await s.record("b")]).toEqual(["books", "durable"]);
  });
});
