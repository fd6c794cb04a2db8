import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";
import { priceSuite } from "./price-suite.ts";
import { reportSuite } from "./report-suite.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

reportSuite("sqlite", async () => {
  const { stores, close } = await onDisk();
  return { store: stores.ledger, close };
});

reportSuite("sqlite in the thread of the caller", async () => {
  const stores = openInThread();
  return { store: stores.ledger, close: async () => stores.close() };
});

priceSuite("sqlite", async () => {
  const { stores, close } = await onDisk();
  return { store: stores.prices, audit: stores.audit, close };
});

async function onDisk() {
  const directory = temporaryDirectory();
  const stores = await openSqliteStores(directory.path);
  const close = async (): Promise<void> => {
    await stores.stop();
    directory[Symbol.dispose]();
  };
  return { stores, close };
}
