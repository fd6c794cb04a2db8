/** Settles batches on the directory given until it is killed, and prints each request id once it is acknowledged. */
import type { RequestId } from "#core/effects/ids.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { systemIds } from "#platform/effects.ts";
import { openSqliteStores } from "./sqlite-stores.ts";

const directory = process.argv[2];
if (directory === undefined) throw new Error("usage: kill-writer.ts DIRECTORY");

const stores = await openSqliteStores(directory);
for (;;) {
  const ids: RequestId[] = Array.from({ length: 4 }, () => systemIds.request());
  await stores.ledger.settle(ids.map((id) => sampleEntry(id)));
  process.stdout.write(`${ids.join("\n")}\n`);
}
