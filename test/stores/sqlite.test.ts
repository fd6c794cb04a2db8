import type { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { identitySuite } from "./identity-suite.ts";
import { ledgerSuite } from "./ledger-suite.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

identitySuite("sqlite", async () => {
  const { stores, close } = await open();
  return { store: stores.identity, close };
});

ledgerSuite("sqlite", async () => {
  const { stores, close } = await open();
  return { store: stores.ledger, nodeId: stores.nodeId, close };
});

async function open(): Promise<{ readonly stores: SqliteStores; close(): Promise<void> }> {
  const directory = temporaryDirectory();
  const stores = await openSqliteStores(directory.path);
  const close = async (): Promise<void> => {
    await stores.stop();
    directory[Symbol.dispose]();
  };
  return { stores, close };
}
