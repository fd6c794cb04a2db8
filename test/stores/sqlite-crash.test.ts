import { describe, expect, test } from "bun:test";
import { copyFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { brokenRow } from "#core/ledger/broken-row.test-data.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { systemDigest } from "#platform/effects.ts";
import { spawnUntil } from "./child-lines.ts";
import { takenOf } from "./sample-budget.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

describe("books on sqlite after a crash", () => {
  test("every acknowledged row survives kill -9, the chain verifies, and a budget has taken what rows and open calls say", async () => {
    using directory = temporaryDirectory();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 8; round += 1) {
      const writer = await spawnUntil("kill-writer.ts", directory.path, 1 + round * 40);
      for (const id of (await writer.kill()).lines) acknowledged.add(id);
    }
    const rows = await rowsIn(directory.path);
    const stored = new Set<string>(rows.map((row) => row.requestId));
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
    expect(brokenRow(systemDigest, rows)).toBeUndefined();
    expect(acknowledged.size).toBeGreaterThan(1_000);
    await expectBudgetOf(rows, directory.path);
  });

  test("F64: after the disk has failed a write nothing is acknowledged any more, and nothing acknowledged is lost", async () => {
    using directory = temporaryDirectory();
    // A limit on file sizes makes the system refuse a write in the middle of a commit (EFBIG).
    const limited = `trap '' XFSZ; ulimit -f 4096; exec "$0" "$@"`;
    const child = Bun.spawn(
      ["sh", "-c", limited, process.execPath, join(import.meta.dir, "io-error-writer.ts"), directory.path],
      { stderr: "inherit" },
    );
    const lines = (await child.stdout.text()).trimEnd().split("\n");
    expect(lines.slice(-4)).toEqual(["told io", "failed io", "told io", "failed io"]);
    const rows = await rowsIn(directory.path);
    const stored = new Set<string>(rows.map((row) => row.requestId));
    const acknowledged = lines.slice(0, -4);
    expect(acknowledged.length).toBeGreaterThan(5);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    expect(brokenRow(systemDigest, rows)).toBeUndefined();
  });

  test("a log cut anywhere gives a prefix of the books whose chain verifies", async () => {
    using source = temporaryDirectory();
    const stores = await openSqliteStores(source.path);
    for (let batch = 0; batch < 6; batch += 1) {
      await stores.ledger.settle([sampleSettlement(`req_${batch}_a`), sampleSettlement(`req_${batch}_b`)]);
    }
    const whole = statSync(join(source.path, "gateway.db-wal")).size;
    const lengths: number[] = [];
    for (let cut = 0; cut <= 12; cut += 1) {
      using copy = temporaryDirectory();
      for (const name of ["gateway.db", "gateway.db-wal"]) copyFileSync(join(source.path, name), join(copy.path, name));
      truncateSync(join(copy.path, "gateway.db-wal"), Math.floor((whole * cut) / 12));
      const rows = await rowsIn(copy.path);
      expect(brokenRow(systemDigest, rows)).toBeUndefined();
      // Whole batches only.
      expect(rows.length % 2).toBe(0);
      lengths.push(rows.length);
    }
    await stores.stop();
    expect(lengths.at(0)).toBe(0);
    expect(lengths.at(-1)).toBe(12);
    expect(lengths.toSorted((a, b) => a - b)).toEqual(lengths);
  });
});

/** The budget has spent what the rows cost and holds what calls without a row hold, to the nano-dollar. */
async function expectBudgetOf(rows: readonly LedgerRow[], directory: string): Promise<void> {
  const stores = await openSqliteStores(directory);
  const spent = rows.reduce((sum, { costNanos = 0n }) => sum + costNanos, 0n);
  const open = await stores.budgets.openReservations();
  const held = open.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
  expect(await takenOf(stores.budgets)).toEqual([spent, held]);
  const settled = new Set(rows.map(({ requestId }) => requestId));
  expect(open.filter(({ requestId }) => settled.has(requestId))).toEqual([]);
  expect((await stores.ledger.scan("transfer", 0, 1_000_000)).map(({ ref }) => ref)).toEqual([...settled]);
  await stores.stop();
}

async function rowsIn(directory: string): Promise<readonly LedgerRow[]> {
  const stores = await openSqliteStores(directory);
  try {
    return await stores.ledger.scan("usage", 0, 1_000_000);
  } finally {
    await stores.stop();
  }
}
