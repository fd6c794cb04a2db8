import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { ledgerHandlers } from "#core/administration/ledger-administration.ts";
import type { Caller } from "#core/api/operation.ts";
import { chainStart } from "#core/ledger/chain.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { verifyCopy } from "#integrations/stores/sqlite/archive/archive-store.ts";
import { createRowHasher } from "#integrations/stores/sqlite/ledger/chain-hash.ts";
import { columns, toValues } from "#integrations/stores/sqlite/ledger/ledger-columns.ts";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { migrations } from "#integrations/stores/sqlite/migrations.ts";
import type { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { systemClock, systemDigest } from "#platform/effects.ts";
import { signer } from "./books-of.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** `make test-long` has a million. */
const rowCount = Number(process.env["LONG_ROWS"] ?? 6_000);
/** The last step of the schema before there were transfers. */
const before = migrations.filter(({ version }) => version <= 3);

/** Books as the program wrote them then; the sum of their costs and the hash of the last row. */
function writeOlderBooks(directory: string): { readonly costNanos: bigint; readonly lastHash: Uint8Array } {
  using database = new Database(join(directory, "gateway.db"), { create: true, strict: true });
  migrate(database, before, 1);
  const nodeId = "node_old";
  database.run("INSERT INTO node (only_row, id, created_at) VALUES (1, ?, 1)", [nodeId]);
  const known = new Set(
    database.query<[string], []>("SELECT name FROM pragma_table_info('usage_event')").values().flat(),
  );
  const kept = columns.flatMap((name, index) => (known.has(name) ? [{ name, index }] : []));
  const insert = database.query(
    `INSERT INTO usage_event (${kept.map(({ name }) => name).join(", ")}) VALUES (${kept.map(() => "?").join(", ")})`,
  );
  const hashOf = createRowHasher();
  let hash = chainStart;
  let costNanos = 0n;
  database.transaction(() => {
    for (let seq = 1; seq <= rowCount; seq += 1) {
      const { costNanos: _, priceVersion, ...unpriced } = sampleEntry(`req_${seq}`);
      const entry =
        seq % 3 === 0 ? unpriced : { ...unpriced, costNanos: BigInt(seq % 7), priceVersion: priceVersion ?? "" };
      const row = { ...entry, nodeId, seq };
      const next = hashOf(hash, row);
      const values = toValues(row, hash, next);
      insert.run(...kept.map(({ index }) => values[index] ?? null));
      hash = next;
      costNanos += "costNanos" in entry ? entry.costNanos : 0n;
    }
  })();
  return { costNanos, lastHash: hash };
}

const verified = async ({ ledger }: SqliteStores) => {
  const handlers = ledgerHandlers({ ledger, signer, digest: systemDigest, clock: systemClock });
  return handlers.verifyLedger({}, {} as Caller);
};

test(
  "L14: books from before double entry keep counts, sums and hashes, and balance from their first start on",
  async () => {
    using directory = temporaryDirectory();
    const { costNanos, lastHash } = writeOlderBooks(directory.path);
    for (const start of [1, 2]) {
      const stores = await openSqliteStores(directory.path);
      const [total] = await stores.ledger.summary({ groupBy: [], limit: 1 });
      expect([start, total]).toMatchObject([
        start,
        { requests: rowCount, costNanos, unpriced: Math.floor(rowCount / 3) },
      ]);
      expect((await stores.ledger.head("usage"))?.hash).toEqual(lastHash);
      expect(await verified(stores)).toMatchObject({ ok: true });
      await stores.stop();
    }
    const stores = await openSqliteStores(directory.path);
    await stores.ledger.settle([sampleSettlement("req_new", { costNanos: 5n })]);
    const { ok, streams } = await verified(stores);
    expect([ok, streams.map(({ stream, rows }) => [stream, rows])]).toEqual([
      true,
      [
        ["usage", rowCount + 1],
        ["transfer", pricedRows() + 1],
        ["audit", 0],
      ],
    ]);
    await stores.stop();
  },
  30_000 + rowCount,
);

function pricedRows(): number {
  return Array.from({ length: rowCount }, (_, index) => index + 1).filter((seq) => seq % 3 !== 0 && seq % 7 !== 0)
    .length;
}

test("L14, F112: a backup of an older program is verified as what it becomes, and counts what it held", async () => {
  using directory = temporaryDirectory();
  writeOlderBooks(directory.path);
  const { counts, schema, nodeId } = await verifyCopy(join(directory.path, "gateway.db"), 2);
  expect([counts["usage_event"], schema, nodeId]).toEqual([rowCount, migrations.length, "node_old"]);
});
