import { expect, test } from "bun:test";
import { join } from "node:path";
import type { UsageLogView } from "#core/api/usage.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import type { GatewayError } from "#core/errors.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { brokenRow } from "#core/ledger/broken-row.test-data.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { startParts, stopParts } from "#core/part.ts";
import { SpoolFile } from "#integrations/stores/spool/spool-file.ts";
import { systemClock, systemDigest } from "#platform/effects.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { fillDisk, insideDisk, withSmallDisk } from "../harness/small-disk.ts";
import { sqliteStores } from "../stores/sqlite-stores.ts";
import { temporaryDirectory } from "../stores/temporary-directory.ts";

/** Real books and a real spool in a directory; the books take only so many pages of 4 KiB if told so. */
const booksIn = (directory: string, maxPageCount?: number) => {
  const limit = maxPageCount === undefined ? {} : { maxPageCount };
  const store = sqliteStores(directory, limit);
  const spool = new SpoolFile({ directory, syncNames: syncDirectory, reserveBytes: 0 });
  const log = new RecordingLog();
  const fatal: GatewayError[] = [];
  const bookkeeper = new Bookkeeper({
    store: store.ledger,
    holds: store.budgets,
    spool,
    clock: systemClock,
    log,
    meter: nullMeter,
    onFatal: (error) => fatal.push(error),
  });
  return { store, spool, log, fatal, bookkeeper, parts: [store, spool, bookkeeper] };
};

test("F62 what full books cannot take waits in the spool, durable, and follows in order after a restart with room", async () => {
  using place = temporaryDirectory();
  const full = booksIn(place.path, 240);
  await startParts(full.parts);
  const recorded: string[] = [];
  while (full.bookkeeper.healthy() || full.spool.bytes < 10_000) {
    const ids = Array.from({ length: 10 }, (_, index) => `req_${recorded.length + index}`);
    await Promise.all(ids.map((id) => full.bookkeeper.record(sampleSettlement(id))));
    recorded.push(...ids);
    expect(recorded.length).toBeLessThan(10_000);
  }
  expect([full.fatal, full.log.events[0]]).toEqual([[], "ledger_spooling"]);
  await stopParts(full.parts);

  const roomy = booksIn(place.path);
  await startParts(roomy.parts);
  expect([roomy.bookkeeper.healthy(), roomy.spool.bytes, roomy.fatal]).toEqual([true, 0, []]);
  const rows = await roomy.store.ledger.scan("usage", 0, 100_000);
  expect(rows.map((row) => row.requestId as string)).toEqual(recorded);
  expect(brokenRow(systemDigest, rows)).toBeUndefined();
  await stopParts(roomy.parts);
});

test("F62 a full disk costs no row: the gateway turns unready, spools on its reserve, and recovers with room", async () => {
  using place = temporaryDirectory();
  await using gateway = await GatewayProcess.start({
    program: withSmallDisk(place.path, 24),
    environment: { TOKLIGENCE_DATABASE_PATH: join(place.path, "gateway.db") },
  });
  const disk = insideDisk(gateway.pid, place.path);
  const answered: string[] = [];
  const call = async (): Promise<number> => {
    const response = await chat(gateway, { model: "loopback" });
    await response.text();
    if (response.ok) answered.push(response.headers.get("x-request-id") ?? "");
    return response.status;
  };
  const ready = async (): Promise<boolean> => (await fetch(`${gateway.url}/readyz`)).ok;
  expect(await call()).toBe(200);

  const giveBack = fillDisk(disk);
  await eventually("it turns unready", async () => {
    await call();
    return !(await ready());
  });
  const refusals = await fetch(`${gateway.url}/readyz`).then((answer) => answer.json());
  expect(refusals).toMatchObject({ status: "not_ready", reasons: ["the ledger cannot be written"] });
  for (let calls = 0; calls < 20; calls += 1) expect([200, 503]).toContain(await call());
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect(gateway.stderr).toContain("ledger_spooling");

  giveBack();
  await eventually("it is ready again", ready, 15_000);
  expect(await call()).toBe(200);
  const answer = await fetch("http://localhost/api/v1/usage/logs?limit=1000", { unix: join(disk, "control.sock") });
  const { data } = (await answer.json()) as { data: UsageLogView[] };
  const booked = new Set(data.map((row) => row.request_id as string));
  expect(answered.filter((id) => !booked.has(id))).toEqual([]);
  expect(data.length).toBe(booked.size);
  expect(answered.length).toBeGreaterThan(2);
  expect(await gateway.stop()).toBe(0);
}, 60_000);

test("F62 a start on a full disk ends with 75 and says what is full", async () => {
  using place = temporaryDirectory();
  await using gateway = new GatewayProcess({
    program: withSmallDisk(place.path, 1, "full"),
    environment: { TOKLIGENCE_DATABASE_PATH: join(place.path, "gateway.db") },
  });
  gateway.spawn();
  expect(await gateway.exited()).toBe(75);
  expect(gateway.stderr).toContain(`Storage failed: the disk is full (${place.path}/`);
});
