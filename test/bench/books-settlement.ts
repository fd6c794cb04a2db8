import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { BudgetId } from "#core/effects/ids.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import { Bookkeeper } from "#core/ledger/bookkeeper.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { SpoolFile } from "#integrations/stores/spool/spool-file.ts";
import { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { systemClock, systemIds } from "#platform/effects.ts";
import { type LoadResult, runLoad } from "./load-plan.ts";
import type { BooksGateway } from "./books-gateway.ts";
import type { Row } from "./report.ts";
import { interleave } from "./rounds.ts";
import type { Side } from "./sides.ts";
import { quantile } from "#core/bench/statistics.ts";
import { syncDirectory } from "#platform/sync-directory.ts";

const ratePerSecond = 500;
const seconds = 2;
const pageBytes = 4_096;

/** Of waits in milliseconds. */
interface Waits {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * What it costs to be durable at 500 calls a second: of a settlement alone, from when it is recorded until it would survive
 * power loss, beside one write and one sync of the same disk; and of whole calls through the gateway.
 */
export async function settlement(gateway: BooksGateway, budgeted: number, bare: Side): Promise<Row[]> {
  return [...(await settlementAlone()), ...(await wholeCalls(gateway, budgeted, bare))];
}

async function settlementAlone(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "tokligence-bench-"));
  const path = join(directory, "gateway.db");
  const stores = new SqliteStores({ path, ids: systemIds, clock: systemClock });
  const spool = new SpoolFile({ directory, syncNames: syncDirectory });
  const onFatal = (error: Error): never => {
    throw error;
  };
  const held = { store: stores.ledger, holds: stores.budgets, spool };
  const parts = { ...held, clock: systemClock, log: silentLog, meter: nullMeter, onFatal };
  const bookkeeper = new Bookkeeper(parts);
  const file = openSync(join(directory, "synced"), "w");
  try {
    await stores.start();
    await spool.start();
    await bookkeeper.start();
    const record = await paidFrom(stores, bookkeeper);
    const page = new Uint8Array(pageBytes);
    const sync = async (): Promise<void> => {
      writeSync(file, page);
      fdatasyncSync(file);
    };
    const done = { gateway: record, bare: sync };
    const waits = await interleave(["gateway", "bare"], (name) => waitsOf(done[name]));
    const what = `durable settlement at ${ratePerSecond} requests/s, recorded -> durable`;
    const beside = "(bare: one write and sync of this disk)";
    return [
      { what: `${what}, p50 ${beside}`, unit: "ms", gateway: waits.gateway.p50Ms, bare: waits.bare.p50Ms },
      {
        what: `${what}, p99 ${beside}`,
        unit: "ms",
        gateway: waits.gateway.p99Ms,
        bare: waits.bare.p99Ms,
        bar: { atMost: 2 },
      },
    ];
  } finally {
    closeSync(file);
    await bookkeeper.stop();
    await spool.stop();
    await stores.stop();
    rmSync(directory, { recursive: true });
  }
}

/** Settles calls that a hard budget pays. */
async function paidFrom(stores: SqliteStores, bookkeeper: Bookkeeper): Promise<() => Promise<void>> {
  const id = "bud_bench" as BudgetId;
  const limitNanos = 10n ** 15n;
  const scope = { scope: "org", scopeId: "org", window: "total", mode: "hard" } as const;
  await stores.budgets.createBudget({ id, ...scope, limitNanos, createdAtMs: 0 }, sampleTrail("createBudget", id));
  const postings = [{ budgetId: id, periodStartMs: 0 }];
  return () => bookkeeper.record(sampleSettlement(systemIds.request(), { atMs: Date.now() }, postings));
}

/** Begins `work` at a constant rate, whatever is under way; the first half second warms up. */
async function waitsOf(work: () => Promise<void>): Promise<Waits> {
  const waits: number[] = [];
  const underWay: Promise<void>[] = [];
  const timed = async (counts: boolean): Promise<void> => {
    const startedAtMs = performance.now();
    await work();
    if (counts) waits.push(performance.now() - startedAtMs);
  };
  const startMs = performance.now();
  const warmUp = ratePerSecond / 2;
  const total = warmUp + ratePerSecond * seconds;
  while (underWay.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) * ratePerSecond) / 1_000));
    while (underWay.length < due) underWay.push(timed(underWay.length >= warmUp));
    await Bun.sleep(1);
  }
  await Promise.all(underWay);
  return { p50Ms: quantile(waits, 0.5), p99Ms: quantile(waits, 0.99) };
}

async function wholeCalls(gateway: BooksGateway, budgeted: number, bare: Side): Promise<Row[]> {
  const sides = { budgeted: gateway.side(0, budgeted), free: gateway.side(budgeted, 2 * budgeted), bare };
  const took = await interleave(["budgeted", "free", "bare"], (name): Promise<LoadResult> =>
    runLoad({ ...sides[name], mode: "open", ratePerSecond, seconds }),
  );
  const what = `calls at ${ratePerSecond} requests/s`;
  const added = (one: Waits, other: Waits, quantile: "p50Ms" | "p99Ms"): number => one[quantile] - other[quantile];
  const unit = "ms";
  return [
    { what: `${what}, p99 (bare: a bare proxy)`, unit, gateway: took.free.p99Ms, bare: took.bare.p99Ms },
    {
      what: `${what}, p99, each with a durable reservation (bare: a bare proxy)`,
      unit,
      gateway: took.budgeted.p99Ms,
      bare: took.bare.p99Ms,
    },
    { what: `${what}, a durable reservation adds at p50`, unit, gateway: added(took.budgeted, took.free, "p50Ms") },
    { what: `${what}, a durable reservation adds at p99`, unit, gateway: added(took.budgeted, took.free, "p99Ms") },
  ];
}
