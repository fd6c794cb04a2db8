import type { Database } from "bun:sqlite";
import { type InThreadStores, openInThread } from "#integrations/stores/sqlite/in-thread.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Every store of one engine, fresh and empty. */
export type OpenStores = Omit<InThreadStores, "database" | "close"> & { close(): Promise<void> };

/** An engine that every suite runs against. */
export interface StoreEngine {
  readonly name: string;
  open(): Promise<OpenStores>;
}

/** SQLite as the gateway runs it, with threads of its own and a file; and the same in one thread, in memory. */
export const engines: readonly StoreEngine[] = [
  { name: "sqlite", open: openInThreads },
  { name: "sqlite in memory", open: async () => inMemory().stores },
];

/** Stores in memory, and their database for whoever looks behind them. */
export function inMemory(): { readonly stores: OpenStores; readonly database: Database } {
  const { database, close, ...stores } = openInThread();
  return { stores: { ...stores, close: async () => close() }, database };
}

async function openInThreads(): Promise<OpenStores> {
  const directory = temporaryDirectory();
  const stores = await openSqliteStores(directory.path);
  const { identity, budgets, prices, audit, sessions, events, idempotency, ledger, nodeId } = stores;
  const close = async (): Promise<void> => {
    await stores.stop();
    directory[Symbol.dispose]();
  };
  return { identity, budgets, prices, audit, sessions, events, idempotency, ledger, nodeId, close };
}
