import { expect, test } from "bun:test";
import fc from "fast-check";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { brokenRow } from "#core/ledger/broken-row.test-data.ts";
import { chainStart, createChainHasher } from "#core/ledger/chain.ts";
import type { LedgerRow } from "#core/ledger/entry.ts";
import { type ChainedEntry, RowEncoder } from "#core/ledger/row-encoder.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";

const chained = (seq: number, changes: Partial<ChainedEntry> = {}): ChainedEntry => ({
  ...sampleEntry(`req_${seq}`),
  nodeId: "node_1",
  seq,
  ...changes,
});

const chainHash = createChainHasher(pureDigest);

function chainOf(length: number): LedgerRow[] {
  const rows: LedgerRow[] = [];
  let prevHash = chainStart;
  for (let seq = 1; seq <= length; seq += 1) {
    const entry = chained(seq);
    const hash = chainHash(prevHash, entry);
    rows.push({ ...entry, prevHash, hash });
    prevHash = hash;
  }
  return rows;
}

test("the canonical layout never changes: a fixed row has a fixed hash", () => {
  expect(chainHash(chainStart, chained(1)).toHex()).toBe(
    "a235b2e833dacf5d452395d57d2cf865f5edae9af8bd1d14bfcf0dd72a0b2983",
  );
});

test("a change of any field, or its absence, changes the hash", () => {
  const row = chained(1);
  const original = chainHash(chainStart, row).toHex();
  const changed = (value: unknown): unknown => {
    if (typeof value === "string") return `${value}x`;
    if (typeof value === "number") return value + 1;
    if (typeof value === "bigint") return value + 1n;
    return !value;
  };
  for (const [field, value] of Object.entries(row)) {
    const other = { ...row, [field]: changed(value) } as ChainedEntry;
    const without = { ...row, [field]: undefined } as unknown as ChainedEntry;
    expect(chainHash(chainStart, other).toHex()).not.toBe(original);
    expect(chainHash(chainStart, without).toHex()).not.toBe(original);
  }
});

test("absent, empty and zero are three things, and text cannot move between fields", () => {
  const encode = (changes: Partial<ChainedEntry>): string => new RowEncoder().encode(chained(1, changes)).toHex();
  const forms = [
    encode({ provider: "" }),
    encode({ provider: "ab", requestedModel: "c" }),
    encode({ provider: "a", requestedModel: "bc" }),
    encode({ cachedTokens: 0 }),
    encode({ cachedTokens: undefined } as unknown as Partial<ChainedEntry>),
    encode({ costNanos: 0n }),
  ];
  expect(new Set(forms).size).toBe(forms.length);
});

test("property: equal rows have equal bytes and unequal ones differ, whatever their text", () => {
  const texts = fc.record({ requestedModel: fc.string({ unit: "binary" }), tenantId: fc.string({ maxLength: 200 }) });
  const encoder = new RowEncoder();
  fc.assert(
    fc.property(texts, texts, (left, right) => {
      const encode = (changes: object): string => encoder.encode({ ...chained(1), ...changes }).toHex();
      const same = left.requestedModel === right.requestedModel && left.tenantId === right.tenantId;
      expect(encode(left) === encode(right)).toBe(same);
    }),
  );
});

test("texts beyond the buffer and beyond ASCII keep every byte", () => {
  const long = "ü".repeat(5_000);
  const bytes = new RowEncoder().encode(chained(1, { upstreamRequestId: long }));
  expect(new TextDecoder().decode(bytes.subarray(-10_000))).toBe(long);
});

test("a hasher that keeps its buffer gives the same hashes as a fresh one", () => {
  for (const row of [chained(1), chained(2, { model: "m".repeat(3_000) }), chained(3)]) {
    expect(chainHash(chainStart, row)).toEqual(createChainHasher(pureDigest)(chainStart, row));
  }
});

test("an untouched chain is whole", () => {
  expect([brokenRow(pureDigest, chainOf(5)), brokenRow(pureDigest, [])]).toEqual([undefined, undefined]);
});

test("an edited, missing, swapped, inserted or foreign row is named by its number", () => {
  const rows = chainOf(4);
  const [first, second, third, fourth] = rows as [LedgerRow, LedgerRow, LedgerRow, LedgerRow];
  const verdict = (tampered: readonly LedgerRow[]) => brokenRow(pureDigest, tampered);
  expect(verdict([first, { ...second, costNanos: 1n }, third, fourth])).toEqual({
    seq: 2,
    reason: "altered",
  });
  expect(verdict([first, third, fourth])).toEqual({ seq: 3, reason: "gap" });
  expect(verdict([second, third, fourth])).toEqual({ seq: 2, reason: "gap" });
  expect(verdict([first, third, second, fourth])).toEqual({ seq: 3, reason: "gap" });
  expect(verdict([first, { ...third, seq: 2 }])).toEqual({ seq: 2, reason: "broken_link" });
  expect(verdict([first, { ...second, nodeId: "node_2" }])).toEqual({ seq: 2, reason: "foreign_node" });
});
