import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AuditStore } from "#core/audit/audit-store.ts";
import type { Trail } from "#core/audit/trail.ts";
import type { PriceStore } from "#core/catalog/price-store.ts";
import type { PriceVersion, SetPrice } from "#core/catalog/price-version.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import { maxPriceNanos, wholePrice } from "#core/ledger/money.ts";

/** A fresh store of prices of one engine, and the audit beside it. */
export interface OpenPrices {
  readonly store: PriceStore;
  readonly audit: AuditStore;
  close(): Promise<void>;
}

/** What every engine promises about prices that were set. */
export function priceSuite(engine: string, open: () => Promise<OpenPrices>): void {
  describe(`prices on ${engine}`, () => {
    let opened: OpenPrices;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    test("any prices come back as they were set, version after version", async () => {
      const { store } = opened;
      const expected: PriceVersion[] = [];
      const property = fc.asyncProperty(fc.array(anyPrice, { minLength: 1, maxLength: 5 }), async (prices) => {
        expected.push(versionOf(expected.length + 1, prices));
        await store.addPriceVersion(expected.at(-1) ?? versionOf(0, []), trail);
        expect(await store.priceVersions()).toEqual(expected);
      });
      await fc.assert(property, { numRuns: 20 });
    });

    test("a version is there once, whatever its day; the second leaves no trace", async () => {
      const { store, audit } = opened;
      await store.addPriceVersion(versionOf(1, []), trail);
      const again = { ...versionOf(1, []), version: "2026-07-02.1" };
      expect(await rejectionOf(store.addPriceVersion(again, trail))).toMatchObject({ code: "conflict" });
      expect(await store.priceVersions()).toEqual([versionOf(1, [])]);
      expect(await audit.listAudit({ limit: 10 })).toHaveLength(1);
    });

    test("who changed prices stands in the audit", async () => {
      await opened.store.addPriceVersion(versionOf(1, []), trail);
      const [row] = await opened.audit.listAudit({ limit: 10 });
      expect(row).toMatchObject(trail.audit);
    });
  });
}

const trail: Trail = {
  audit: {
    atMs: 1_000,
    actor: { kind: "root" },
    action: "setPrice",
    outcome: "done",
    target: { kind: "price", id: "m" },
    details: { input_usd: "1" },
  },
  events: [],
};

function versionOf(number: number, prices: readonly SetPrice[]): PriceVersion {
  return { version: `2026-07-01.${number}`, createdAtMs: 5_000 + number, source: "set", prices };
}

const nanos = fc.bigInt({ min: 0n, max: maxPriceNanos });
const tariff = {
  input: nanos,
  cached: fc.option(nanos, { nil: undefined }),
  cacheWrite: fc.option(nanos, { nil: undefined }),
  cacheWriteLong: fc.option(nanos, { nil: undefined }),
  output: nanos,
  reasoning: fc.option(nanos, { nil: undefined }),
  audioInput: fc.option(nanos, { nil: undefined }),
};
const steps = fc.array(fc.record({ aboveInputTokens: fc.integer({ min: 1, max: 10_000_000 }), ...tariff }), {
  maxLength: 3,
});
const anyPrice: fc.Arbitrary<SetPrice> = fc
  .record({
    model: fc.string({ unit: "grapheme", minLength: 1 }),
    provider: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    price: fc.option(fc.record({ ...tariff, requestNanos: nanos, steps }).map(wholePrice)),
  })
  .map(({ provider, ...price }) => ({ ...price, ...(provider !== undefined && { provider }) }));
