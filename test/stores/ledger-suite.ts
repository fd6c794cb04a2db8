import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TeamId } from "#core/effects/ids.ts";
import { brokenRow } from "#core/ledger/broken-row.test-data.ts";
import { chainStart } from "#core/ledger/chain.ts";
import type { LedgerEntry, LedgerRow } from "#core/ledger/entry.ts";
import { createTransferHasher } from "#core/ledger/transfer-chain.ts";
import type { TransferRow } from "#core/ledger/transfer-chain.ts";
import type { AccountKind, AccountName } from "#core/ledger/transfer.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { systemDigest } from "#platform/effects.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import type { OpenStores } from "./engines.ts";

/** What every engine promises about the books. */
export function ledgerSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`ledger on ${engine}`, () => {
    let stores: OpenStores;
    beforeEach(async () => {
      stores = await open();
    });
    afterEach(() => stores.close());

    const settle = (entries: readonly LedgerEntry[]) =>
      stores.ledger.settle(entries.map((entry) => ({ entry, postings: [] })));
    const allRows = (): Promise<readonly LedgerRow[]> => stores.ledger.scan("usage", 0, 10_000);

    test("rows come back as they were settled, numbered from 1, in an unbroken chain", async () => {
      const entries = [sampleEntry("req_1"), bareEntry("req_2"), sampleEntry("req_3", { costNanos: -5n })];
      await settle(entries.slice(0, 2));
      await settle(entries.slice(2));
      const rows = await allRows();
      expect(rows.map(entryOf)).toEqual(entries);
      expect(rows.map((row) => row.seq)).toEqual([1, 2, 3]);
      expect(brokenRow(systemDigest, rows)).toBeUndefined();
    });

    test("any entry keeps every field exactly, and the chain over them verifies", async () => {
      let unique = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anyFields, { maxLength: 5 }), async (fields) => {
          const before = (await allRows()).length;
          const entries = fields.map((each) => sampleEntry(`req_${unique++}`, each));
          await settle(entries);
          const rows = await allRows();
          expect(rows.slice(before).map(entryOf)).toEqual(entries);
          expect(brokenRow(systemDigest, rows)).toBeUndefined();
        }),
        { numRuns: 30 },
      );
    });

    test("a request delivered twice is counted once, in one batch or in two", async () => {
      await settle([sampleEntry("req_1"), sampleEntry("req_1", { outputTokens: 9 }), sampleEntry("req_2")]);
      await settle([sampleEntry("req_2"), sampleEntry("req_3")]);
      const rows = await allRows();
      expect(rows.map((row) => [row.seq, row.requestId as string])).toEqual([
        [1, "req_1"],
        [2, "req_2"],
        [3, "req_3"],
      ]);
      expect(brokenRow(systemDigest, rows)).toBeUndefined();
    });

    test("F68 a clock that steps back does not turn the order of the books", async () => {
      await settle([sampleEntry("req_1", { atMs: 5_000 }), sampleEntry("req_2", { atMs: 4_000 })]);
      await settle([sampleEntry("req_3", { atMs: 4_500 }), sampleEntry("req_4", { atMs: 6_000 })]);
      expect((await allRows()).map((row) => row.atMs)).toEqual([5_000, 5_000, 5_000, 6_000]);
    });

    test("batches settled at the same time all arrive, each in its order", async () => {
      const batches = Array.from({ length: 20 }, (_, batch) =>
        Array.from({ length: 5 }, (__, row) => sampleEntry(`req_${batch}_${row}`)),
      );
      await Promise.all(batches.map((batch) => settle(batch)));
      const rows = await allRows();
      expect(rows.map((row) => row.requestId)).toEqual(batches.flat().map((entry) => entry.requestId));
      expect(brokenRow(systemDigest, rows)).toBeUndefined();
    });

    test("what a row costs is moved from one account to another: consumed, supplied, or given back", async () => {
      await settle([
        sampleEntry("req_1", { costNanos: 30n }),
        sampleEntry("req_2", { costNanos: 40n, direction: "supply" }),
        sampleEntry("req_3", { costNanos: -5n }),
        sampleEntry("req_4", { costNanos: 0n }),
        bareEntry("req_5"),
        sampleEntry("req_6", { costNanos: 9_007_199_254_740_993n, provider: undefined }),
      ]);
      const moved = await stores.ledger.scan("transfer", 0, 10);
      expect(moved.map(({ ref, kind, debit, credit, amountNanos }) => [ref, kind, debit, credit, amountNanos])).toEqual(
        [
          ["req_1", "usage", account("usage", "usr_1"), account("provider_payable", "openai"), 30n],
          ["req_2", "supply", account("exchange_receivable", "usr_1"), account("supply", "usr_1"), 40n],
          ["req_3", "reversal", account("provider_payable", "openai"), account("usage", "usr_1"), 5n],
          ["req_6", "usage", account("usage", "usr_1"), account("provider_payable", "unknown"), 9_007_199_254_740_993n],
        ],
      );
    });

    test("transfers are numbered from 1 in an unbroken chain of their own, over batches", async () => {
      await settle([sampleEntry("req_1"), bareEntry("req_2"), sampleEntry("req_3")]);
      await settle([sampleEntry("req_3"), sampleEntry("req_4")]);
      const moved = await stores.ledger.scan("transfer", 0, 10);
      expect(moved.map(({ seq, ref }) => [seq, ref])).toEqual([
        [1, "req_1"],
        [2, "req_3"],
        [3, "req_4"],
      ]);
      expectChain(moved);
    });

    test("L10: rows, transfers and totals have one sum, to the nano-dollar", async () => {
      const cost = fc.bigInt({ min: 0n, max: 2n ** 50n });
      const costs = fc.sample(cost, { numRuns: 2_000, seed: 1 });
      const expected = costs.reduce((sum, each) => sum + each, 0n);
      await settle(costs.map((costNanos, index) => sampleEntry(`req_${index}`, { costNanos })));
      const moved = await stores.ledger.scan("transfer", 0, 10_000);
      const [total] = await stores.ledger.summary({ groupBy: [], limit: 1 });
      const sums = [
        (await allRows()).reduce((sum, { costNanos = 0n }) => sum + costNanos, 0n),
        moved.reduce((sum, { amountNanos }) => sum + amountNanos, 0n),
        total?.costNanos,
      ];
      expect(sums).toEqual([expected, expected, expected]);
    });

    test("F110: amounts that do not fit 64 bits are refused with their whole batch, as is a sum that would not", async () => {
      for (const costNanos of [2n ** 63n, -(2n ** 63n), -(2n ** 70n)]) {
        const refused = settle([sampleEntry("req_1"), sampleEntry("req_2", { costNanos })]);
        expect(await rejectionOf(refused)).toMatchObject({ code: "internal" });
      }
      await settle([sampleEntry("req_1", { costNanos: 2n ** 62n })]);
      const beyond = settle([sampleEntry("req_2"), sampleEntry("req_3", { costNanos: 2n ** 62n })]);
      expect(await rejectionOf(beyond)).toMatchObject({ code: "internal" });
      expect([await allRows(), await stores.ledger.scan("transfer", 0, 10)].map((rows) => rows.length)).toEqual([1, 1]);
    });

    test("what a row says of teams, tags, media and overhead comes back too", async () => {
      const entry = sampleEntry("req_1", {
        teamId: "team_1" as TeamId,
        tags: "ci,project=search",
        audioInputTokens: 1,
        imageInputTokens: 2,
        audioOutputTokens: 3,
        overheadNanos: 9_007_199_254_740_993n,
        cacheWriteLongTokens: 4,
      });
      await settle([entry]);
      expect((await allRows()).map(entryOf)).toEqual([entry]);
      expect(await stores.ledger.checkRows("usage", { seq: 0, hash: chainStart }, 10)).toMatchObject({ rows: 1 });
    });

    test("logs are newest first and no more than asked for", async () => {
      await settle(["req_1", "req_2", "req_3"].map((id) => sampleEntry(id)));
      expect((await stores.ledger.logs({ limit: 2 })).map((row) => row.requestId as string)).toEqual([
        "req_3",
        "req_2",
      ]);
    });

    test("a scan goes through the chain page by page", async () => {
      await settle(Array.from({ length: 7 }, (_, index) => sampleEntry(`req_${index}`)));
      expect((await stores.ledger.scan("usage", 0, 3)).map((row) => row.seq)).toEqual([1, 2, 3]);
      expect((await stores.ledger.scan("usage", 3, 3)).map((row) => row.seq)).toEqual([4, 5, 6]);
      expect((await stores.ledger.scan("usage", 6, 3)).map((row) => row.seq)).toEqual([7]);
    });
  });
}

const anyFields = fc.record({
  requestedModel: fc.string({ unit: "grapheme", minLength: 1 }),
  httpStatus: fc.integer({ min: 100, max: 599 }),
  inputTokens: fc.nat(),
  costNanos: fc.bigInt({ min: -(2n ** 55n), max: 2n ** 55n }),
  latencyMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  stream: fc.boolean(),
});

/** A request refused before any provider was tried: nothing is known that can be left out. */
function bareEntry(requestId: string): LedgerEntry {
  const { requestId: id, atMs, tenantId } = sampleEntry(requestId);
  return {
    requestId: id,
    atMs,
    tenantId,
    direction: "consume",
    operation: "embeddings",
    protocol: "openai-chat",
    requestedModel: "nowhere",
    stream: false,
    outcome: "failed",
    httpStatus: 404,
    usageSource: "none",
    latencyMs: 0.5,
    queueMs: 0,
    attempts: 0,
  };
}

function entryOf({ nodeId: _, seq: __, prevHash: ___, hash: ____, ...entry }: LedgerRow): LedgerEntry {
  return entry;
}

const account = (kind: AccountKind, owner: string): AccountName => ({ kind, owner });

function expectChain(rows: readonly TransferRow[]): void {
  const hashOf = createTransferHasher(systemDigest);
  let prevHash = chainStart;
  for (const row of rows) {
    expect(row.prevHash).toEqual(prevHash);
    expect(row.hash).toEqual(hashOf(prevHash, row));
    prevHash = row.hash;
  }
}
