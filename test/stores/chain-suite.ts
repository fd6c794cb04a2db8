import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chainStart } from "#core/ledger/chain.ts";
import type { Anchor, Stream } from "#core/evidence/stream.ts";
import { sampleSettlement } from "#core/ledger/sample-settlement.ts";
import type { OpenStores } from "./engines.ts";

const start = { seq: 0, hash: chainStart };
const signature = new Uint8Array(64).fill(1);

/** What every engine promises about its chains: their ends, anchors and beginnings. */
export function chainSuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`chains on ${engine}`, () => {
    let stores: OpenStores;
    let store: OpenStores["ledger"];
    beforeEach(async () => {
      stores = await open();
      store = stores.ledger;
      await store.settle(
        Array.from({ length: 12 }, (_, index) =>
          sampleSettlement(`req_${index + 1}`, { atMs: 1_000 + index, teamId: undefined, costNanos: 2n ** 60n / 12n }),
        ),
      );
    });
    afterEach(() => stores.close());

    const anchorAt = async (seq: number, stream: Stream = "usage"): Promise<Anchor> => {
      const [row] = await store.scan(stream, seq - 1, 1);
      if (row === undefined) throw new Error(`There is no row ${seq}.`);
      return { stream, nodeId: stores.nodeId, seq, hash: row.hash, atMs: 10_000 + seq, signature };
    };

    test("rows that the gateway wrote hold, amounts beyond 2^53 too, page by page", async () => {
      for (const stream of ["usage", "transfer"] as const) {
        const first = await store.checkRows(stream, start, 5);
        expect(first).toMatchObject({ rows: 5, last: { seq: 5 }, anchors: [] });
        const rest = await store.checkRows(stream, first.last, 100);
        expect(rest).toMatchObject({ rows: 7, last: await store.head(stream), anchors: [] });
        expect(first.fault ?? rest.fault).toBeUndefined();
      }
      expect(await store.checkRows("audit", start, 5)).toEqual({ rows: 0, last: start, anchors: [] });
      expect(await store.checkBalance()).toBeUndefined();
    });

    test("a walk that begins at a wrong hash says so", async () => {
      expect((await store.checkRows("usage", { seq: 3, hash: chainStart }, 5)).fault).toEqual({
        seq: 4,
        reason: "broken_link",
      });
    });

    test("anchors come back newest first, of one chain or all, up to a row or a time", async () => {
      for (const [seq, stream] of [
        [4, "usage"],
        [5, "transfer"],
        [8, "usage"],
      ] as const) {
        await store.appendAnchor(await anchorAt(seq, stream));
      }
      const seqs = async (query: object): Promise<readonly number[]> =>
        (await store.anchors({ limit: 10, ...query })).map(({ seq }) => seq);
      expect(await seqs({})).toEqual([8, 5, 4]);
      expect(await seqs({ stream: "usage" })).toEqual([8, 4]);
      expect(await seqs({ stream: "usage", upToSeq: 7 })).toEqual([4]);
      expect(await seqs({ toMs: 10_005 })).toEqual([5, 4]);
      expect(await seqs({ limit: 1 })).toEqual([8]);
      expect(await store.anchors({ stream: "transfer", limit: 1 })).toEqual([await anchorAt(5, "transfer")]);
    });

    test("a row keeps the anchor it has", async () => {
      const anchor = await anchorAt(4);
      await store.appendAnchor(anchor);
      await store.appendAnchor({ ...anchor, atMs: 99 });
      expect(await store.anchors({ limit: 10 })).toEqual([anchor]);
    });

    test("the ends of chains tell up to where they are anchored, and since when not", async () => {
      await store.appendAnchor(await anchorAt(4));
      const ends = await store.chainEnds();
      expect(ends.map(({ stream, seq, anchoredSeq, sinceMs }) => [stream, seq, anchoredSeq, sinceMs])).toEqual([
        ["usage", 12, 4, 10_004],
        ["transfer", 12, 0, 1_000],
      ]);
      expect(ends[0]).toMatchObject({ ...(await store.head("usage")), nodeId: stores.nodeId });
    });

    test("a walk brings the anchors of the rows that hold, each with the hash of its row", async () => {
      const anchors = [await anchorAt(4), await anchorAt(8)];
      for (const anchor of anchors) await store.appendAnchor(anchor);
      const walked = await store.checkRows("usage", start, 6);
      expect(walked.anchors).toEqual(anchors.slice(0, 1).map((anchor) => ({ anchor, rowHash: anchor.hash })));
    });

    test("a chain begins where it was moved to; rows before it go in bounded steps, the newest never", async () => {
      expect(await store.chainBase("transfer")).toBeUndefined();
      const [row] = await store.scan("transfer", 11, 1);
      if (row === undefined) throw new Error("There is no row 12.");
      const base = {
        stream: "transfer",
        seq: 12,
        hash: row.hash,
        atMs: 1_011,
        archivedAtMs: 5,
        file: "f",
        signature,
      } as const;
      await store.moveChainBase(base);
      expect(await store.chainBase("transfer")).toEqual(base);
      expect(await store.dropArchivedRows("transfer", 4)).toBe(4);
      expect(await store.dropArchivedRows("transfer", 100)).toBe(7);
      expect(await store.dropArchivedRows("transfer", 100)).toBe(0);
      expect((await store.head("transfer"))?.seq).toBe(12);
      expect(await store.checkBalance()).toBeUndefined();
      await store.settle([sampleSettlement("req_13", { atMs: 2_000 })]);
      expect(await store.checkRows("transfer", base, 10)).toMatchObject({ rows: 1, last: { seq: 13 } });
      expect(await store.checkBalance()).toBeUndefined();
    });
  });
}
