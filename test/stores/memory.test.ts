import { MemoryIdentityStore } from "#integrations/stores/memory/identity.ts";
import { MemoryLedgerStore } from "#integrations/stores/memory/ledger.ts";
import { systemDigest } from "#platform/effects.ts";
import { identitySuite } from "./identity-suite.ts";
import { ledgerSuite } from "./ledger-suite.ts";

const nothingToClose = async (): Promise<void> => {};

identitySuite("memory", async () => ({ store: new MemoryIdentityStore(), close: nothingToClose }));
ledgerSuite("memory", async () => ({
  store: new MemoryLedgerStore(systemDigest, "node_1"),
  nodeId: "node_1",
  close: nothingToClose,
}));
