import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { archiveTables } from "#core/archive/archive-tables.ts";
import type { IdempotencyStore } from "#core/idempotency/idempotency-store.ts";
import type { OpenStores } from "./engines.ts";
import { hash } from "./sample-identity.ts";

const call = (seed: number, atMs = 1_000, expiresAtMs = atMs + 1_000) => ({
  id: hash(seed),
  fingerprint: hash(seed + 100),
  atMs,
  expiresAtMs,
});
const answer = new Uint8Array([1, 2, 3]);

/** What every engine promises about calls under idempotency keys. */
export function idempotencySuite(engine: string, open: () => Promise<OpenStores>): void {
  describe(`idempotent calls on ${engine}`, () => {
    let stores: OpenStores;
    let store: IdempotencyStore;
    beforeEach(async () => {
      stores = await open();
      store = stores.idempotency;
    });
    afterEach(() => stores.close());

    test("F27 a call is begun, then answered with or without its answer, or forgotten", async () => {
      for (const seed of [1, 2, 3, 4]) expect(await store.beginIdempotent(call(seed))).toBe(true);
      expect(await store.beginIdempotent({ ...call(1, 1_999), fingerprint: hash(9) })).toBe(false);
      await store.endIdempotent(hash(2), answer);
      await store.endIdempotent(hash(3), undefined);
      await store.forgetIdempotent(hash(4));
      expect(await store.findIdempotent(hash(1), 1_999)).toEqual({ fingerprint: hash(101), state: "begun" });
      expect(await store.findIdempotent(hash(2), 1_999)).toEqual({ fingerprint: hash(102), state: "answered", answer });
      expect(await store.findIdempotent(hash(3), 1_999)).toEqual({ fingerprint: hash(103), state: "not_kept" });
      expect(await store.findIdempotent(hash(4), 1_999)).toBeUndefined();
    });

    test("F27 no archive takes an answer along", () => {
      expect(archiveTables.map(({ name }) => name)).not.toContain("idempotent_call");
    });

    test("F27 what is over is not found, may begin anew, and is swept in bounded steps", async () => {
      for (const seed of [1, 2, 3]) await store.beginIdempotent(call(seed));
      await store.endIdempotent(hash(1), answer);
      expect(await store.findIdempotent(hash(1), 2_000)).toBeUndefined();
      expect(await store.beginIdempotent(call(1, 2_000))).toBe(true);
      expect(await store.findIdempotent(hash(1), 2_000)).toEqual({ fingerprint: hash(101), state: "begun" });
      expect(await store.sweepIdempotent(1_999, 10)).toBe(0);
      expect(await store.sweepIdempotent(2_000, 1)).toBe(1);
      expect(await store.sweepIdempotent(2_000, 10)).toBe(1);
      expect(await store.findIdempotent(hash(1), 2_000)).toBeDefined();
    });
  });
}
