/**
 * Reserves and settles batches on the directory given until it is killed, and prints each request id once its settlement is
 * acknowledged.
 */
import { sampleTrail } from "#core/audit/sample-trail.ts";
import type { RequestId } from "#core/effects/ids.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import { systemIds } from "#platform/effects.ts";
import { postings, sampleBudget, sampleReservation } from "./sample-budget.ts";
import { openSqliteStores } from "./sqlite-stores.ts";

const directory = process.argv[2];
if (directory === undefined) throw new Error("usage: kill-writer.ts DIRECTORY");

const { budgets, ledger } = await openSqliteStores(directory);
if ((await budgets.listBudgets()).length === 0) {
  await budgets.createBudget(sampleBudget("bud_1", { limitNanos: 10n ** 18n }), sampleTrail());
}
for (;;) {
  const ids: RequestId[] = Array.from({ length: 4 }, () => systemIds.request());
  await budgets.reserve(ids.map((id) => sampleReservation(id, 200_000n)));
  await ledger.settle(ids.map((id) => sampleSettlement(id, {}, postings("bud_1"))));
  process.stdout.write(`${ids.join("\n")}\n`);
}
