import type { Database } from "bun:sqlite";
import type { Signer } from "#core/effects/signer.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { Anchors } from "#core/evidence/anchors.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import type { VerifyParts } from "#core/evidence/verify.ts";
import { systemDigest } from "#platform/effects.ts";
import { ed25519Signer } from "#platform/ed25519-signer.ts";
import { inMemory, type OpenStores } from "./engines.ts";

/** The key that the books of these tests are anchored with. */
export const signer: Signer = ed25519Signer(new Uint8Array(32).fill(7));

/** Books with rows of every chain, a record of the audit for each hundred. */
export interface Books {
  readonly stores: OpenStores;
  readonly database: Database;
  readonly parts: VerifyParts;
  readonly clock: VirtualClock;
  readonly log: RecordingLog;
  readonly anchors: Anchors;
  /** Adds rows of usage, in batches of `batchRows`, each batch a minute after the one before; looks at the anchors after each. */
  add(rows: number, batchRows?: number): Promise<void>;
}

/** Empty books in memory. */
export async function emptyBooks(): Promise<Books> {
  const { stores, database } = inMemory();
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const anchors = new Anchors({ ledger: stores.ledger, signer, clock, log });
  await anchors.start();
  let count = 0;
  const addBatch = async (rows: number): Promise<void> => {
    const batch = Array.from({ length: rows }, () => {
      count += 1;
      const tokens = { inputTokens: 1_000 + (count % 97), outputTokens: count % 89 };
      return sampleSettlement(`req_${count}`, { atMs: clock.now(), costNanos: BigInt(count % 11), ...tokens });
    });
    await stores.ledger.settle(batch);
    for (let record = 0; record < Math.ceil(rows / 100); record += 1)
      await stores.audit.appendAudit(sampleAudit(clock));
    await clock.run(60_000);
    await settled();
  };
  return {
    stores,
    database,
    parts: { ledger: stores.ledger, signer, digest: systemDigest },
    clock,
    log,
    anchors,
    async add(rows, batchRows = 500) {
      for (let left = rows; left > 0; left -= batchRows) await addBatch(Math.min(left, batchRows));
    },
  };
}

/** Lets what a timer began come to its end: the store answers in a few turns. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function sampleAudit(clock: VirtualClock) {
  return {
    atMs: clock.now(),
    actor: { kind: "root" },
    action: "createKey",
    outcome: "done",
    target: { kind: "key", id: "key_1" },
    details: { name: "ci" },
  } as const;
}
