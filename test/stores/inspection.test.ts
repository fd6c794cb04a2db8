import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { closeSync, copyFileSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { inspectDatabase } from "#integrations/stores/sqlite/inspection.ts";
import { schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const nowMs = Date.now();

/** Every file with its bytes. */
function contents(directory: string): Readonly<Record<string, string>> {
  const files = readdirSync(directory).toSorted();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(directory, name)).toString("base64")]));
}

test("a database is read beside its writer and after it, and is left as it was", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "gateway.db");
  expect(inspectDatabase(path, nowMs)).toBeUndefined();
  expect(readdirSync(directory.path)).toEqual([]);
  const stores = await openSqliteStores(directory.path);
  await stores.ledger.settle([sampleSettlement("req_1"), sampleSettlement("req_2")]);
  const running = inspectDatabase(path, nowMs);
  expect(running).toMatchObject({ schema: schemaVersion, books: { broken: undefined, anchors: [] } });
  await stores.stop();
  const before = contents(directory.path);
  const stopped = inspectDatabase(path, nowMs);
  expect(stopped).toEqual(running);
  expect(contents(directory.path)).toEqual(before);
});

test("damage, a falsified row and the schema of a newer program are told apart", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "gateway.db");
  const stores = await openSqliteStores(directory.path);
  await stores.ledger.settle([sampleSettlement("req_1"), sampleSettlement("req_2")]);
  await stores.stop();
  const change = (sql: string, name: string): string => {
    const copy = join(directory.path, name);
    copyFileSync(path, copy);
    const database = new Database(copy, { readwrite: true });
    database.run("PRAGMA journal_mode = DELETE");
    database.run(sql);
    database.close();
    return copy;
  };
  const newer = change("INSERT INTO migration VALUES (999, 'future', 'x', 0)", "newer.db");
  expect(() => inspectDatabase(newer, nowMs)).toThrow(/newer tokligence/);
  const older = change("DELETE FROM migration WHERE version > 3", "older.db");
  expect(inspectDatabase(older, nowMs)).toEqual({ schema: 3, knownSchema: schemaVersion });
  const trigger = new Database(path, { readonly: true })
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'usage_event'")
    .all();
  const drops = trigger.map(({ name }) => `DROP TRIGGER ${name};`).join("");
  const falsified = change(`${drops} UPDATE usage_event SET output_tokens = 7 WHERE seq = 1`, "falsified.db");
  expect(inspectDatabase(falsified, nowMs)?.books?.broken).toContain("row 1 of usage");
  const damaged = join(directory.path, "damaged.db");
  copyFileSync(path, damaged);
  const file = openSync(damaged, "r+");
  for (let page = 2; page < 20; page += 1) writeSync(file, new Uint8Array(512).fill(0x5a), 0, 512, page * 4096);
  closeSync(file);
  expect(() => inspectDatabase(damaged, nowMs)).toThrow(expect.objectContaining({ code: "storage_corrupt" }));
  rmSync(damaged);
});
