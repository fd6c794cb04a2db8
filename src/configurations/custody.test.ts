import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nullMeter } from "#core/effects/null-meter.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { startParts, stopParts } from "#core/part.ts";
import type { AskStore } from "#core/store-call.ts";
import { Custody } from "#configurations/custody.ts";
import { SpoolFile } from "#integrations/stores/spool/spool-file.ts";
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";
import type { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { eventually } from "../../test/harness/eventually.ts";
import { sqliteStores } from "../../test/stores/sqlite-stores.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../test/stores/temporary-directory.ts";

/** Books as a process has them. */
interface Process {
  readonly clock: VirtualClock;
  readonly custody: Custody;
  readonly stores: SqliteStores;
  readonly bookkeeper: Bookkeeper;
  readonly entrusted: { stores: SqliteStores; spool: SpoolFile; bookkeeper: Bookkeeper };
  stop(): Promise<void>;
}

let directory: TemporaryDirectory;
let running: Process[];
beforeEach(() => {
  directory = temporaryDirectory();
  running = [];
});
afterEach(async () => {
  for (const each of running) await each.stop();
  directory[Symbol.dispose]();
});

async function started(): Promise<Process> {
  const stores = sqliteStores(directory.path);
  const spool = new SpoolFile({ directory: directory.path, syncNames: syncDirectory, reserveBytes: 0 });
  const clock = new VirtualClock();
  const around = { clock, log: new RecordingLog(), meter: nullMeter, onFatal: () => undefined };
  const bookkeeper = new Bookkeeper({ ...around, store: stores.ledger, holds: stores.budgets, spool });
  const custody = new Custody(directory.path, new DirectoryLock(directory.path));
  const parts = [custody, stores, spool, bookkeeper];
  await startParts(parts);
  const made = {
    clock,
    custody,
    stores,
    bookkeeper,
    entrusted: { stores, spool, bookkeeper },
    stop: () => stopParts(parts),
  };
  running.push(made);
  return made;
}

const row = (id: string) => sampleSettlement(id, { costNanos: 5n });
const busy: AskStore = () =>
  Promise.reject(new GatewayError("storage_failed", "gone", { details: { reason: "busy" } }));

async function booked({ stores }: Process): Promise<string[]> {
  return (await stores.ledger.logs({ limit: 100 })).map(({ requestId }) => requestId as string).toSorted();
}

test("what is recorded while the directory changes hands waits, and stands in the books of the next once", async () => {
  const before = await started();
  await before.bookkeeper.record(row("req_1"));
  const giving = before.custody.giveAway(before.entrusted);
  const waiting = before.bookkeeper.record(row("req_2"));
  await giving;
  const next = await started();
  before.stores.entrust(next.stores.answer);
  await waiting;
  await before.bookkeeper.record(row("req_3"));
  expect(await booked(next)).toEqual(["req_1", "req_2", "req_3"]);
  expect(next.custody.predecessor.isAlive()).toBe(true);
  await expect(next.custody.giveAway(next.entrusted)).rejects.toMatchObject({
    code: "unavailable",
  });
  await before.stop();
  expect(next.custody.predecessor.isAlive()).toBe(false);
});

test("rows that nobody takes any more are kept beside the books, and are the next one's to enter", async () => {
  const before = await started();
  await before.custody.giveAway(before.entrusted);
  before.stores.entrust(busy);
  await before.bookkeeper.record(row("req_1"));
  await before.stop();
  const { custody, bookkeeper } = await started();
  const left = await custody.predecessor.rows();
  expect(left.map(({ entry }) => entry.requestId as string)).toEqual(["req_1"]);
  for (const settlement of left) await bookkeeper.record(settlement);
  await custody.predecessor.forget();
  expect(existsSync(join(directory.path, "spool.handover.jsonl"))).toBe(false);
});

test("taken back from one that is gone, it brings the rows of both into the books, and can be given away again", async () => {
  const before = await started();
  await before.custody.giveAway(before.entrusted);
  before.stores.entrust(busy);
  await before.bookkeeper.record(row("req_1"));
  const after = new SpoolFile({ directory: directory.path, syncNames: syncDirectory, reserveBytes: 0 });
  await after.start();
  await after.append([row("req_2")]);
  await after.stop();
  await before.custody.takeBack(before.entrusted);
  expect(before.custody.predecessor.isAlive()).toBe(false);
  await before.bookkeeper.record(row("req_3"));
  await before.clock.run(5_000);
  await eventually("the spool is drained", () => before.bookkeeper.healthy());
  expect(await booked(before)).toEqual(["req_1", "req_2", "req_3"]);
  expect(existsSync(join(directory.path, "spool.jsonl"))).toBe(false);
  await before.custody.giveAway(before.entrusted);
  expect(await before.custody.predecessor.rows()).toEqual([]);
});

test("while another one has it, it is not taken back, and whoever was asked instead is asked on", async () => {
  const before = await started();
  await before.custody.giveAway(before.entrusted);
  const next = await started();
  before.stores.entrust(next.stores.answer);
  await expect(before.custody.takeBack(before.entrusted)).rejects.toMatchObject({ code: "unavailable" });
  await before.bookkeeper.record(row("req_1"));
  expect(await booked(next)).toEqual(["req_1"]);
});

test("L5 what is asked while nobody has the directory yet is asked here once it is taken back, and nobody hears of it", async () => {
  const before = await started();
  await before.custody.giveAway(before.entrusted);
  const [recorded, listed] = [before.bookkeeper.record(row("req_1")), before.stores.identity.listUsers({ limit: 1 })];
  before.stores.hold();
  const budgets = before.stores.budgets.listBudgets();
  await before.custody.takeBack(before.entrusted);
  expect(await Promise.all([recorded, listed, budgets])).toEqual([undefined, [], []]);
  expect([before.bookkeeper.rowsGo(), await booked(before)]).toEqual(["books", ["req_1"]]);
});
