import { describe, expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { chainStart } from "#core/ledger/chain.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { type ChainedTransfer, createTransferHasher } from "#core/ledger/transfer-chain.ts";
import { transferOf } from "#core/ledger/transfer.ts";

const usage = { kind: "usage", owner: "usr_1" } as const;
const payable = { kind: "provider_payable", owner: "openai" } as const;

describe("the transfer of a row", () => {
  test("what is consumed is owed to the provider, under the row's price list", () => {
    const { atMs } = sampleEntry("req_1");
    expect(transferOf(sampleEntry("req_1"))).toEqual({
      atMs,
      debit: usage,
      credit: payable,
      amountNanos: 165_000n,
      kind: "usage",
      ref: "req_1",
      priceVersion: "2026-06-30",
    });
  });

  test("what is supplied the exchange owes to the tenant", () => {
    expect(transferOf(sampleEntry("req_1", { direction: "supply" }))).toMatchObject({
      debit: { kind: "exchange_receivable", owner: "usr_1" },
      credit: { kind: "supply", owner: "usr_1" },
      kind: "supply",
    });
  });

  test("F110: a negative cost moves back as a positive amount; nothing and no price move nothing", () => {
    expect(transferOf(sampleEntry("req_1", { costNanos: -7n }))).toMatchObject({
      debit: payable,
      credit: usage,
      amountNanos: 7n,
      kind: "reversal",
    });
    expect(transferOf(sampleEntry("req_1", { costNanos: 0n }))).toBeUndefined();
    expect(transferOf(sampleEntry("req_1", { costNanos: undefined, priceVersion: undefined }))).toBeUndefined();
  });
});

describe("the chain of transfers", () => {
  const hash = createTransferHasher(pureDigest);
  const transfer: ChainedTransfer = {
    nodeId: "node_1",
    seq: 1,
    atMs: 5,
    debit: usage,
    credit: payable,
    amountNanos: 165_000n,
    kind: "usage",
    ref: "req_1",
    priceVersion: "v1",
  };

  test("the canonical layout never changes: a fixed transfer has a fixed hash", () => {
    expect(hash(chainStart, transfer).toHex()).toBe("510cd56d23516dc785676f893282c5fbb97f6f0385d9c59b7da005ba6735a881");
  });

  test("a change of any field, or of the predecessor, changes the hash", () => {
    const changes: readonly Partial<ChainedTransfer>[] = [
      { nodeId: "node_2" },
      { seq: 2 },
      { atMs: 6 },
      { debit: { ...usage, owner: "usr_2" } },
      { debit: payable, credit: usage },
      { credit: { ...payable, kind: "supply" } },
      { amountNanos: 165_001n },
      { kind: "adjustment" },
      { ref: "req_2" },
      { priceVersion: "v2" },
    ];
    const { priceVersion: _, ...unpriced } = transfer;
    const changed = [...changes.map((change) => ({ ...transfer, ...change })), unpriced];
    const hashes = [transfer, ...changed].map((each) => hash(chainStart, each).toHex());
    hashes.push(hash(new Uint8Array(32).fill(1), transfer).toHex());
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
