import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chainStart, verifyRows } from "#core/ledger/chain.ts";
import type { LedgerEntry, LedgerRow } from "#core/ledger/entry.ts";
import type { LedgerStore } from "#core/ledger/ledger-store.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { systemDigest } from "#platform/effects.ts";

/** Fresh, empty books of one engine and the name of its node. */
export interface OpenLedgerStore {
  readonly store: LedgerStore;
  readonly nodeId: string;
  close(): Promise<void>;
}

/** What every engine promises about the books. */
export function ledgerSuite(engine: string, open: () => Promise<OpenLedgerStore>): void {
  describe(`ledger on ${engine}`, () => {
    let opened: OpenLedgerStore;
    let store: LedgerStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const allRows = (): Promise<readonly LedgerRow[]> => store.scan(opened.nodeId, 0, 10_000);

    test("empty books give empty reports", async () => {
      expect(await store.summary({})).toEqual([]);
      expect(await store.logs({ limit: 10 })).toEqual([]);
      expect(await allRows()).toEqual([]);
    });

    test("rows come back as they were settled, numbered from 1, in an unbroken chain", async () => {
      const entries = [sampleEntry("req_1"), bareEntry("req_2"), sampleEntry("req_3", { costNanos: -5n })];
      await store.settle(entries.slice(0, 2));
      await store.settle(entries.slice(2));
      const rows = await allRows();
      expect(rows.map(entryOf)).toEqual(entries);
      expect(rows.map((row) => row.seq)).toEqual([1, 2, 3]);
      expect(verifyRows(systemDigest, chainStart, rows)).toMatchObject({ ok: true, lastSeq: 3 });
    });

    test("any entry keeps every field exactly, and the chain over them verifies", async () => {
      let unique = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anyFields, { maxLength: 5 }), async (fields) => {
          const before = (await allRows()).length;
          const entries = fields.map((each) => sampleEntry(`req_${unique++}`, each));
          await store.settle(entries);
          const rows = await allRows();
          expect(rows.slice(before).map(entryOf)).toEqual(entries);
          expect(verifyRows(systemDigest, chainStart, rows)).toMatchObject({ ok: true });
        }),
        { numRuns: 30 },
      );
    });

    test("a request delivered twice is counted once, in one batch or in two", async () => {
      await store.settle([sampleEntry("req_1"), sampleEntry("req_1", { outputTokens: 9 }), sampleEntry("req_2")]);
      await store.settle([sampleEntry("req_2"), sampleEntry("req_3")]);
      const rows = await allRows();
      expect(rows.map((row) => [row.seq, row.requestId as string])).toEqual([
        [1, "req_1"],
        [2, "req_2"],
        [3, "req_3"],
      ]);
      expect(verifyRows(systemDigest, chainStart, rows)).toMatchObject({ ok: true });
    });

    test("a clock that steps back does not turn the order of the books", async () => {
      await store.settle([sampleEntry("req_1", { atMs: 5_000 }), sampleEntry("req_2", { atMs: 4_000 })]);
      await store.settle([sampleEntry("req_3", { atMs: 4_500 }), sampleEntry("req_4", { atMs: 6_000 })]);
      expect((await allRows()).map((row) => row.atMs)).toEqual([5_000, 5_000, 5_000, 6_000]);
    });

    test("batches settled at the same time all arrive, each in its order", async () => {
      const batches = Array.from({ length: 20 }, (_, batch) =>
        Array.from({ length: 5 }, (__, row) => sampleEntry(`req_${batch}_${row}`)),
      );
      await Promise.all(batches.map((batch) => store.settle(batch)));
      const rows = await allRows();
      expect(rows.map((row) => row.requestId)).toEqual(batches.flat().map((entry) => entry.requestId));
      expect(verifyRows(systemDigest, chainStart, rows)).toMatchObject({ ok: true, lastSeq: 100 });
    });

    test("the summary adds up by provider and model, and shows what has no price", async () => {
      await store.settle([
        sampleEntry("req_1", { costNanos: 9_007_199_254_740_993n }),
        sampleEntry("req_2", { costNanos: 1n, outcome: "failed" }),
        unpricedEntry("req_3", { outcome: "aborted" }),
        bareEntry("req_4"),
      ]);
      expect(await store.summary({})).toEqual([
        {
          provider: "openai",
          model: "gpt-4o-mini",
          requests: 3,
          failed: 1,
          aborted: 1,
          inputTokens: 3_000,
          cachedTokens: 600,
          outputTokens: 150,
          reasoningTokens: 30,
          costNanos: 9_007_199_254_740_994n,
          unpriced: 1,
        },
        {
          provider: undefined,
          model: "nowhere",
          requests: 1,
          failed: 1,
          aborted: 0,
          inputTokens: 0,
          cachedTokens: 0,
          outputTokens: 0,
          reasoningTokens: 0,
          costNanos: 0n,
          unpriced: 0,
        },
      ]);
    });

    test("the bounds of a report are inclusive below and exclusive above", async () => {
      await store.settle([1_000, 2_000, 3_000].map((atMs) => sampleEntry(`req_${atMs}`, { atMs })));
      const bounds = { fromMs: 1_000, toMs: 3_000 };
      expect((await store.logs({ ...bounds, limit: 10 })).map((row) => row.atMs)).toEqual([2_000, 1_000]);
      expect((await store.summary(bounds))[0]?.requests).toBe(2);
    });

    test("any bounds give exactly the rows that lie between them, however many share a moment", async () => {
      const moments = fc
        .array(fc.integer({ min: 0, max: 8 }), { maxLength: 20 })
        .map((all) => all.toSorted((a, b) => a - b));
      let unique = 0;
      let latest = 0;
      await fc.assert(
        fc.asyncProperty(moments, fc.integer(), fc.integer(), async (offsets, from, to) => {
          const before = latest;
          await store.settle(offsets.map((offset) => sampleEntry(`req_${unique++}`, { atMs: before + offset })));
          latest = before + (offsets.at(-1) ?? 0);
          const [fromMs, toMs] = [Math.abs(from) % (latest + 3), Math.abs(to) % (latest + 3)];
          const between = (await allRows()).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
          expect(await store.logs({ fromMs, toMs, limit: 10_000 })).toEqual(between.toReversed());
          const counted = (await store.summary({ fromMs, toMs }))[0]?.requests ?? 0;
          expect(counted).toBe(between.length);
        }),
        { numRuns: 40 },
      );
    });

    test("logs are newest first and no more than asked for", async () => {
      await store.settle(["req_1", "req_2", "req_3"].map((id) => sampleEntry(id)));
      expect((await store.logs({ limit: 2 })).map((row) => row.requestId as string)).toEqual(["req_3", "req_2"]);
    });

    test("a scan goes through one node's chain page by page", async () => {
      await store.settle(Array.from({ length: 7 }, (_, index) => sampleEntry(`req_${index}`)));
      expect((await store.scan(opened.nodeId, 0, 3)).map((row) => row.seq)).toEqual([1, 2, 3]);
      expect((await store.scan(opened.nodeId, 3, 3)).map((row) => row.seq)).toEqual([4, 5, 6]);
      expect((await store.scan(opened.nodeId, 6, 3)).map((row) => row.seq)).toEqual([7]);
      expect(await store.scan("node_other", 0, 3)).toEqual([]);
    });
  });
}

const anyFields = fc.record({
  requestedModel: fc.string({ unit: "grapheme", minLength: 1 }),
  httpStatus: fc.integer({ min: 100, max: 599 }),
  inputTokens: fc.nat(),
  costNanos: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
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

function unpricedEntry(requestId: string, changes: Partial<LedgerEntry>): LedgerEntry {
  const { costNanos: _, priceVersion: __, ...entry } = sampleEntry(requestId, changes);
  return entry;
}

function entryOf({ nodeId: _, seq: __, prevHash: ___, hash: ____, ...entry }: LedgerRow): LedgerEntry {
  return entry;
}
