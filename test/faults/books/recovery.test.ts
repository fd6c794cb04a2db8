/** What a start does with the calls that an earlier process left open, when there are very many. */
import { expect, test } from "bun:test";
import { nullMeter } from "#core/effects/null-meter.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { BudgetKeeper } from "#core/budgets/budget-keeper.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { startParts, stopParts } from "#core/part.ts";
import { checkBalance } from "#integrations/stores/sqlite/ledger/balance.ts";
import { brokenChain } from "#integrations/stores/sqlite/archive/books-check.ts";
import { openReader } from "#integrations/stores/sqlite/database.ts";
import { SpoolFile } from "#integrations/stores/spool/spool-file.ts";
import { systemClock } from "#platform/effects.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { sampleBudget, sampleReservation, takenOf } from "../../stores/sample-budget.ts";
import { openSqliteStores, sqliteStores } from "../../stores/sqlite-stores.ts";
import { temporaryDirectory } from "../../stores/temporary-directory.ts";

const calls = 10_000;
const batchRows = 500;

test("10,000 calls that a crash left open are ended at the next start: those that tokens flowed in as they stood, the others for nothing", async () => {
  using directory = temporaryDirectory();
  const before = await openSqliteStores(directory.path);
  await before.budgets.createBudget(sampleBudget("bud_1", { limitNanos: BigInt(calls) * 100n }), sampleTrail());
  for (let from = 0; from < calls; from += batchRows) {
    const ids = Array.from({ length: batchRows }, (_, index) => `req_${from + index}`);
    const reservations = ids.map((id) => sampleReservation(id, 100n));
    expect((await before.budgets.reserve(reservations)).every(({ granted }) => granted)).toBe(true);
    const flowed = reservations.filter((_, index) => index % 2 === 0);
    await before.budgets.checkpoint(
      flowed.map(({ requestId }) => ({ requestId, draft: sampleEntry(requestId, { costNanos: 7n }) })),
    );
  }
  expect(await takenOf(before.budgets)).toEqual([0n, BigInt(calls) * 100n]);
  await before.stop();

  const store = sqliteStores(directory.path);
  const spool = new SpoolFile({ directory: directory.path, syncNames: syncDirectory, reserveBytes: 0 });
  const log = new RecordingLog();
  const around = { clock: systemClock, log };
  const onFatal = (): void => {};
  const held = { store: store.ledger, holds: store.budgets, spool };
  const bookkeeper = new Bookkeeper({ ...around, ...held, meter: nullMeter, onFatal });
  const keeper = new BudgetKeeper({ ...around, store: store.budgets, bookkeeper, feed: new MemoryChangeFeed() });
  await startParts([store, spool, bookkeeper]);
  const from = performance.now();
  await keeper.start();
  const elapsedMs = performance.now() - from;
  process.stdout.write(`recovery of ${calls} open reservations: ${elapsedMs.toFixed(0)} ms\n`);

  expect(log.events).toContain("reservations_recovered");
  expect(await store.budgets.openReservations()).toEqual([]);
  expect(await takenOf(store.budgets)).toEqual([BigInt(calls / 2) * 7n, 0n]);
  await stopParts([store, spool, bookkeeper, keeper]);
  using database = openReader(`${directory.path}/gateway.db`);
  expect([brokenChain(database), checkBalance(database)]).toEqual([undefined, undefined]);
  const rows = database
    .query("SELECT count(*) AS count, count(DISTINCT request_id) AS requests FROM usage_event")
    .get();
  expect(rows).toEqual({ count: calls / 2, requests: calls / 2 });
}, 60_000);
