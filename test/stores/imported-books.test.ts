import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { type BooksVerdict, verifyBooks } from "#core/evidence/verify-books.ts";
import type { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { systemDigest } from "#platform/effects.ts";
import { carry, furnish, settleSome } from "./archive-scene.ts";
import { signer } from "./books-of.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporary-directory.ts";

const rows = 25;
const damaged = 12;

/** A gateway that has taken the books of another, twice; that one's node. */
async function withImported(directory: TemporaryDirectory): Promise<string> {
  using other = temporaryDirectory();
  const [source, target] = [await openSqliteStores(other.path), await openSqliteStores(directory.path)];
  await furnish(source);
  await carry(source, target);
  await settleSome(source, "", rows - 5, 6);
  await carry(source, target);
  const { nodeId } = source;
  await Promise.all([source.stop(), target.stop()]);
  return nodeId;
}

async function found(directory: TemporaryDirectory): Promise<BooksVerdict["imported"]> {
  const stores: SqliteStores = await openSqliteStores(directory.path);
  const verdict = await verifyBooks({ ledger: stores.ledger, signer, digest: systemDigest });
  await stores.stop();
  return verdict.imported;
}

function damage(directory: TemporaryDirectory, sql: string): void {
  using database = new Database(join(directory.path, "gateway.db"));
  database.run("DROP TRIGGER IF EXISTS imported_row_never_updated");
  database.run("DROP TRIGGER IF EXISTS imported_row_never_deleted");
  database.run(sql);
}

test("L9: imported books are verified too, chain by chain, every row of each node", async () => {
  using directory = temporaryDirectory();
  const nodeId = await withImported(directory);
  const verdicts = await found(directory);
  expect(verdicts.every(({ fault }) => fault === undefined)).toBe(true);
  expect(verdicts.map((chain) => [chain.nodeId, chain.stream])).toEqual(
    ["audit", "transfer", "usage"].map((stream) => [nodeId, stream]),
  );
  expect(verdicts.filter(({ stream }) => stream !== "audit").map((chain) => chain.rows)).toEqual([rows, rows]);
});

test("F109: of an imported chain the node and the first row that does not hold are named", async () => {
  using directory = temporaryDirectory();
  const nodeId = await withImported(directory);
  const where = (name: string) => `WHERE name = '${name}' AND key = '${damaged}'`;
  damage(directory, `UPDATE imported_row SET record = json_set(record, '$.cost_nanos', 1) ${where("usage_event")}`);
  damage(directory, `DELETE FROM imported_row ${where("transfer")}`);
  const faults = (await found(directory)).filter(({ fault }) => fault !== undefined);
  expect(faults).toEqual([
    { nodeId, stream: "transfer", rows: damaged - 1, fault: { seq: damaged, reason: "gap" } },
    { nodeId, stream: "usage", rows: damaged - 1, fault: { seq: damaged, reason: "altered" } },
  ]);
});
