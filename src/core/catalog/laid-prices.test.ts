import { describe, expect, test } from "bun:test";
import { createPriceList } from "#core/catalog/embedded-prices.ts";
import { layPrices } from "#core/catalog/laid-prices.ts";
import type { PriceVersion, SetPrice } from "#core/catalog/price-version.ts";
import { wholePrice } from "#core/ledger/money.ts";

const embedded = createPriceList({
  version: "2026-01-31",
  about: "test",
  unit: "nano-dollars per million tokens",
  vendors: {
    acme: { anyProvider: true, models: { m: { input: "1", output: "1" }, "m-20260101": { input: "2", output: "2" } } },
    loopback: { anyProvider: false, models: { "*": { input: "0", output: "0" } } },
  },
});
const at = (name: string) => ({ name, type: "openai-compatible" });

function set(model: string, nanos: bigint | null, provider?: string): SetPrice {
  const price = nanos === null ? null : wholePrice({ input: nanos, output: nanos });
  return { model, price, ...(provider !== undefined && { provider }) };
}

function laid(...changes: readonly SetPrice[]) {
  const versions = changes.map((change, index): PriceVersion => ({
    version: `2026-07-01.${index + 1}`,
    createdAtMs: index,
    source: change.price === null ? "removed" : "set",
    prices: [change],
  }));
  return layPrices(embedded, versions);
}

describe("prices set here", () => {
  test("without any, the list beneath is the list", () => {
    expect(layPrices(embedded, [])).toBe(embedded);
  });

  test("hold before those beneath, the later before the earlier, each under its own version", () => {
    const prices = laid(set("m", 10n), set("m", 11n), set("own", 12n));
    expect(prices.find("m", at("x"))).toMatchObject({ version: "2026-07-01.2", source: "set", price: { input: 11n } });
    expect(prices.find("own")).toMatchObject({ version: "2026-07-01.3", price: { input: 12n } });
    expect(prices.version).toBe("2026-07-01.3");
  });

  test("of one provider hold there alone, before those of all", () => {
    const prices = laid(set("m", 10n, "a"), set("m", 11n));
    expect(prices.find("m", at("a"))?.price.input).toBe(10n);
    expect(prices.find("m", at("b"))?.price.input).toBe(11n);
    expect(laid(set("m", 10n, "a")).find("m", at("b"))?.price.input).toBe(1n);
  });

  test("hold for ids with a date at their end too, also where the list beneath names one", () => {
    expect(laid(set("m", 10n)).find("m-20260202")?.price.input).toBe(10n);
    expect(laid(set("m", 10n)).find("m-20260101")?.price.input).toBe(10n);
    expect(laid(set("m-20260101", 10n)).find("m")?.price.input).toBe(1n);
  });

  test("hold for built-in models, which cost nothing otherwise", () => {
    const loopback = { name: "loopback", type: "loopback" };
    expect(laid(set("m", 10n)).find("m", loopback)?.price.input).toBe(10n);
    expect(laid(set("m", 10n)).find("other", loopback)?.price.input).toBe(0n);
  });

  test("once taken away let the one beneath hold again, and an unknown model have none", () => {
    const prices = laid(set("m", 10n), set("own", 10n), set("m", null), set("own", null));
    expect(prices.find("m")).toMatchObject({ version: "2026-01-31", source: "embedded" });
    expect(prices.find("own")).toBeUndefined();
    expect(prices.version).toBe("2026-07-01.4");
  });

  test("are listed before those beneath, which are listed where they still hold", () => {
    const names = laid(set("m", 10n), set("m-20260101", 10n, "a"))
      .all()
      .map(({ model, provider, source }) => [model, provider, source]);
    expect(names).toEqual([
      ["m", undefined, "set"],
      ["m-20260101", "a", "set"],
      ["m-20260101", undefined, "embedded"],
      ["*", "loopback", "embedded"],
    ]);
  });

  test("an earlier list never changes: whoever bills by it bills by it to the end", () => {
    const before = laid(set("m", 10n));
    laid(set("m", 10n), set("m", 99n));
    expect(before.find("m")?.price.input).toBe(10n);
  });
});
