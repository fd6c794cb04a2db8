import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { carry } from "./archive-scene.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const id = "report:usr_1:event-1";
/** As reports are booked: what only an answer has is not there. */
const reported = sampleSettlement(id, {
  protocol: "report",
  stream: false,
  responseModel: undefined,
  errorCode: undefined,
  cacheWriteTokens: undefined,
  costNanos: 2n ** 60n,
  latencyMs: 0,
  firstTokenMs: undefined,
  upstreamRequestId: undefined,
  tags: "a,b",
});

/** Takes a database back to what it was before reports were kept. */
function older(directory: string): string {
  const path = join(directory, "gateway.db");
  using database = new Database(path);
  database.run("DROP TABLE idempotent_call");
  database.run("DROP TABLE reported_event");
  database.run("DELETE FROM migration WHERE version >= 14");
  return path;
}

test("L4: what was reported before reports were kept is known from the first start on", async () => {
  using directory = temporaryDirectory();
  const before = await openSqliteStores(directory.path);
  await before.ledger.settle([sampleSettlement("req_1"), reported]);
  const known = await before.ledger.reported(id);
  await before.stop();
  older(directory.path);
  const after = await openSqliteStores(directory.path);
  expect(known).toMatchObject({ seq: 2, costNanos: 2n ** 60n });
  expect(await after.ledger.reported(id)).toEqual(known);
  expect(await after.ledger.reported("req_1")).toBeUndefined();
  await after.stop();
});

test("L4: an event counts once at the gateway too that has taken the books with it, and again", async () => {
  using one = temporaryDirectory();
  using other = temporaryDirectory();
  const [source, target] = [await openSqliteStores(one.path), await openSqliteStores(other.path)];
  await source.ledger.settle([sampleSettlement("req_1"), reported]);
  for (const round of [1, 2]) {
    await carry(source, target);
    expect([round, await target.ledger.reported(id)]).toEqual([round, await source.ledger.reported(id)]);
  }
  await target.ledger.settle([reported]);
  const [total] = await target.ledger.summary({ groupBy: [], limit: 1 });
  expect([total?.requests, await target.ledger.head("usage")]).toEqual([2, undefined]);
  await Promise.all([source.stop(), target.stop()]);
});

test("a gateway that is given its own export takes no report whose row it does not have", async () => {
  using one = temporaryDirectory();
  using other = temporaryDirectory();
  const source = await openSqliteStores(one.path);
  await source.archive.copyTo(join(other.path, "gateway.db"));
  await source.ledger.settle([reported]);
  const target = await openSqliteStores(other.path);
  const { notes } = await carry(source, target);
  expect([target.nodeId, notes]).toEqual([source.nodeId, [expect.stringContaining("this gateway's own")]]);
  expect(await target.ledger.reported(id)).toBeUndefined();
  await Promise.all([source.stop(), target.stop()]);
});
