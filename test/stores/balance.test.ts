import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

test("reports and rows do not wait while the balance of the books is checked", async () => {
  using directory = temporaryDirectory();
  const { ledger, stop } = await opened(directory.path);
  await ledger.summary({ groupBy: [], limit: 1 });
  const order: string[] = [];
  const balance = ledger.checkBalance().then((fault) => order.push(`balance ${fault?.seq ?? "holds"}`));
  const summary = ledger.summary({ groupBy: ["day"], limit: 10 }).then(() => order.push("summary"));
  const row = ledger.settle([sampleSettlement("req_new")]).then(() => order.push("row"));
  await Promise.all([balance, summary, row]);
  expect(order.at(-1)).toBe("balance holds");
  await stop();
});

test("F109: a sum that its transfers do not come to is found, in a database that is open", async () => {
  using directory = temporaryDirectory();
  const { ledger, stop } = await opened(directory.path);
  {
    using database = new Database(join(directory.path, "gateway.db"));
    database.run("UPDATE account SET credit_nanos = credit_nanos + 1");
  }
  expect(await ledger.checkBalance()).toEqual({ stream: "transfer", seq: 5_000 });
  await stop();
  expect(await rejectionOf(ledger.checkBalance())).toMatchObject({ code: "storage_failed" });
});

async function opened(directory: string) {
  const stores = await openSqliteStores(directory);
  await stores.ledger.settle(Array.from({ length: 5_000 }, (_, index) => sampleSettlement(`req_${index}`)));
  return { ledger: stores.ledger, stop: () => stores.stop() };
}
