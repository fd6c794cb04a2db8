import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, openSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { brokenRow } from "#core/ledger/broken-row.test-data.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { systemDigest } from "#platform/effects.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import { openSqliteStores, sqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

describe("sqlite under bad luck", () => {
  test("F62: a full disk refuses the batch whole, reads go on, and room brings settling back", async () => {
    using directory = temporaryDirectory();
    const small = await openSqliteStores(directory.path, { maxPageCount: 240 });
    let settled = 0;
    let failure: unknown;
    while (failure === undefined && settled < 10_000) {
      const batch = Array.from({ length: 10 }, (_, index) => sampleSettlement(`req_${settled + index}`));
      failure = await small.ledger.settle(batch).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) settled += batch.length;
    }
    expect(failure).toMatchObject({ code: "storage_failed", details: { reason: "full" } });
    expect(await small.ledger.scan("usage", 0, 100_000)).toHaveLength(settled);
    expect(
      await rejectionOf(small.ledger.settle([sampleSettlement("req_big", { model: "m".repeat(100_000) })])),
    ).toMatchObject({ details: { reason: "full" } });
    await small.stop();

    const roomy = await openSqliteStores(directory.path);
    await roomy.ledger.settle([sampleSettlement("req_after")]);
    const rows = await roomy.ledger.scan("usage", 0, 100_000);
    expect(rows).toHaveLength(settled + 1);
    expect(brokenRow(systemDigest, rows)).toBeUndefined();
    await roomy.stop();
  });

  test("F63: a place that cannot be used ends the start with config_invalid and names it", async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "file");
    writeFileSync(file, "");
    mkdirSync(join(directory.path, "folder"));
    for (const path of [join(file, "gateway.db"), join(directory.path, "folder")]) {
      const failure = await rejectionOf(sqliteStores(directory.path, { path }).start());
      expect(failure).toMatchObject({ code: "config_invalid", exitCode: 78, details: { path } });
    }
  });

  test("F65: a file that is no database, or whose structure is damaged, is refused by name", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "gateway.db");
    writeFileSync(path, "this is not a database, whatever its name says. ".repeat(100));
    expect(await rejectionOf(sqliteStores(directory.path).start())).toMatchObject({
      code: "storage_corrupt",
      details: { path },
    });

    using other = temporaryDirectory();
    await settled(other.path, 50);
    // The byte that says what kind of page the second one is.
    flipByte(join(other.path, "gateway.db"), 4096);
    expect(await rejectionOf(sqliteStores(other.path).start())).toMatchObject({ code: "storage_corrupt" });
  });

  test("F65: a flipped byte inside a recent row breaks the chain and is refused at start", async () => {
    using directory = temporaryDirectory();
    await settled(directory.path, 3);
    const path = join(directory.path, "gateway.db");
    flipByte(path, readFileSync(path).lastIndexOf("upstream-1"));
    const failure = await rejectionOf(sqliteStores(directory.path).start());
    expect(failure).toMatchObject({
      code: "storage_corrupt",
      message: expect.stringContaining("of usage does not hold"),
    });
  });

  test.each([
    ["usage_event", "output_tokens = 0", "row 3 of usage does not hold (altered)"],
    ["transfer", "amount_nanos = amount_nanos + 1", "row 3 of transfer does not hold (altered)"],
    ["audit", "actor_user_id = 'usr_9'", "row 3 of audit does not hold (altered)"],
  ])("L9, F109: an altered row at the end of %s is refused at start, by name", async (table, change, named) => {
    using directory = temporaryDirectory();
    await settled(directory.path, 5);
    alter(directory.path, table, change, 3);
    const failure = await rejectionOf(sqliteStores(directory.path).start());
    expect(failure).toMatchObject({ code: "storage_corrupt", message: expect.stringContaining(named) });
  });

  test("L9: a start looks at the newest thousand rows of a chain, and goes on from them", async () => {
    using directory = temporaryDirectory();
    await settled(directory.path, 1_500);
    alter(directory.path, "usage_event", "output_tokens = 0", 500);
    await (await openSqliteStores(directory.path)).stop();
    alter(directory.path, "usage_event", "output_tokens = 0", 501);
    const failure = await rejectionOf(sqliteStores(directory.path).start());
    expect(failure).toMatchObject({ message: expect.stringContaining("row 501 of usage does not hold") });
  });

  test("F109: rows can neither be changed nor removed, whoever opens the file", async () => {
    using directory = temporaryDirectory();
    await settled(directory.path, 2);
    using database = new Database(join(directory.path, "gateway.db"));
    expect(() => database.run("UPDATE usage_event SET cost_nanos = 0 WHERE seq = 1")).toThrow("append-only");
    expect(() => database.run("DELETE FROM usage_event WHERE seq = 2")).toThrow("append-only");
    expect(() => database.run("UPDATE transfer SET amount_nanos = 1 WHERE seq = 1")).toThrow("append-only");
    expect(() => database.run("DELETE FROM transfer WHERE seq = 2")).toThrow("append-only");
    // REPLACE takes a row out without any trigger of deletion.
    const copy = (table: string, changes: string) =>
      database.run(`CREATE TEMP TABLE copy AS SELECT * FROM ${table} WHERE seq = 1; UPDATE copy SET ${changes};
        INSERT OR REPLACE INTO ${table} SELECT * FROM copy`);
    const intact = (table: string) => database.query(`SELECT * FROM ${table} ORDER BY seq`).values();
    const before = [intact("usage_event"), intact("transfer")];
    expect(() => copy("usage_event", "cost_nanos = 0, request_id = 'other'")).toThrow("append-only");
    database.run("DROP TABLE copy");
    copy("usage_event", "cost_nanos = 0, seq = 3");
    database.run("DROP TABLE copy");
    expect(() => copy("transfer", "amount_nanos = 1")).toThrow("append-only");
    expect([intact("usage_event"), intact("transfer")]).toEqual(before);
    for (const table of ["usage_event", "transfer"]) {
      expect(database.query(`SELECT count(*) AS rows FROM ${table}`).get()).toEqual({ rows: 2 });
    }
  });

  test("a row that the schema refuses is internal and takes nothing else with it", async () => {
    using directory = temporaryDirectory();
    const stores = await openSqliteStores(directory.path);
    const bad = [sampleSettlement("req_1"), sampleSettlement("req_2", { inputTokens: -1 })];
    expect(await rejectionOf(stores.ledger.settle(bad))).toMatchObject({ code: "internal" });
    const dear = stores.ledger.settle([sampleSettlement("req_3", { costNanos: 2n ** 63n })]);
    expect(await rejectionOf(dear)).toMatchObject({ code: "internal" });
    expect(await stores.ledger.logs({ limit: 10 })).toEqual([]);
    await stores.ledger.settle([sampleSettlement("req_1")]);
    expect((await stores.ledger.logs({ limit: 10 })).map((row) => row.seq)).toEqual([1]);
    await stores.stop();
  });

  test("a node keeps its name and its chain over restarts", async () => {
    using directory = temporaryDirectory();
    const first = await settled(directory.path, 2);
    const stores = await openSqliteStores(directory.path);
    expect(stores.nodeId).toBe(first);
    await stores.ledger.settle([sampleSettlement("req_next")]);
    expect((await stores.ledger.logs({ limit: 1 }))[0]?.seq).toBe(3);
    await stores.stop();
  });

  test("the file is readable by its owner only, and alone once the stores are stopped", async () => {
    using directory = temporaryDirectory();
    const home = join(directory.path, "home");
    await settled(home, 1);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, "gateway.db")).mode & 0o777).toBe(0o600);
    expect([...new Bun.Glob("*").scanSync(home)]).toEqual(["gateway.db"]);
  });

  test("calls before start and after stop reject with storage_failed, and stopping twice is harmless", async () => {
    using directory = temporaryDirectory();
    const stores = sqliteStores(directory.path);
    expect(await rejectionOf(stores.identity.listUsers({ limit: 1 }))).toMatchObject({ code: "storage_failed" });
    await stores.stop();
    await stores.start();
    await stores.stop();
    await stores.stop();
    expect(await rejectionOf(stores.ledger.settle([]))).toMatchObject({ code: "storage_failed" });
    expect(await rejectionOf(stores.ledger.logs({ limit: 1 }))).toMatchObject({ code: "storage_failed" });
  });
});

/** Makes a database with some rows; returns its node's name. */
/** The node's id, after so many rows of usage, each with a transfer, and a few of the audit. */
async function settled(directory: string, rows: number): Promise<string> {
  const stores = await openSqliteStores(directory);
  await stores.ledger.settle(Array.from({ length: rows }, (_, index) => sampleSettlement(`req_${index}`)));
  for (let row = 0; row < 5; row += 1) await stores.audit.appendAudit(sampleTrail("createUser", "usr_1").audit);
  await stores.stop();
  return stores.nodeId;
}

/** Changes a row as somebody with every right on the file can. */
function alter(directory: string, table: string, change: string, seq: number): void {
  using database = new Database(join(directory, "gateway.db"));
  database.run(`DROP TRIGGER IF EXISTS ${table}_never_updated`);
  database.run(`UPDATE ${table} SET ${change} WHERE seq = ?`, [seq]);
}

function flipByte(path: string, offset: number): void {
  const file = openSync(path, "r+");
  const byte = new Uint8Array(1);
  readSync(file, byte, 0, 1, offset);
  writeSync(
    file,
    byte.map((bits) => bits ^ 0xff),
    0,
    1,
    offset,
  );
}
