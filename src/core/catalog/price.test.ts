import { describe, expect, test } from "bun:test";
import { createPriceList, embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import prices from "#core/catalog/prices.json" with { type: "json" };
import { GatewayError } from "#core/errors.ts";
import { parseUsd, tariffFor, wholePrice } from "#core/ledger/money.ts";

const list = embeddedPriceList();
const openai = { name: "openai", type: "openai" };
const loopback = { name: "loopback", type: "loopback" };

const small = {
  version: "2026-01-31",
  about: "test",
  unit: "nano-dollars per million tokens",
  vendors: {
    acme: { anyProvider: true, models: { "acme-1": { input: "3000000000", output: "15000000000" } } },
    host: { anyProvider: false, models: { "open-7b": { input: "50000000", output: "80000000" } } },
  },
};

describe("the embedded list", () => {
  test("names its date, its unit and that it holds list prices", () => {
    expect(list.version).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(prices.about).toContain("List prices");
    expect(prices.unit).toBe("nano-dollars per million tokens");
  });

  test("has published prices, per million tokens", () => {
    const price = wholePrice({ input: parseUsd("2.5"), cached: parseUsd("1.25"), output: parseUsd("10") });
    expect(list.find("gpt-4o", openai)?.price).toEqual(price);
    const embedding = list.find("text-embedding-3-small", openai);
    expect(embedding?.price).toMatchObject({ input: parseUsd("0.02"), output: 0n });
  });

  test("knows the steps of long contexts, and what sound costs", () => {
    const inputAt = (model: string, tokens: number): bigint | undefined => {
      const price = list.find(model)?.price;
      return price === undefined ? undefined : tariffFor(price, tokens).input;
    };
    expect([inputAt("gemini-2.5-pro", 200_000), inputAt("gemini-2.5-pro", 200_001)]).toEqual(
      ["1.25", "2.5"].map(parseUsd),
    );
    expect([inputAt("claude-haiku-5-5", 100_000), inputAt("claude-haiku-5-5", 100_001)]).toEqual(
      ["0.1", "0.5"].map(parseUsd),
    );
    expect(list.find("gemini-2.5-flash")?.price.audioInput).toBe(parseUsd("1"));
    expect(list.find("gpt-audio-2025-08-28")?.price).toMatchObject({
      audioInput: parseUsd("32"),
      audioOutput: parseUsd("64"),
    });
  });

  test("T-25: Anthropic's cache costs 1.25 times the input for five minutes, twice the input for an hour", () => {
    for (const [model, price] of Object.entries(prices.vendors.anthropic.models)) {
      const steps = "steps" in price ? price.steps : [];
      for (const { input, cacheWriteLong } of [price, ...steps]) {
        expect([model, cacheWriteLong]).toEqual([model, (2n * BigInt(input)).toString()]);
      }
    }
  });

  test("holds no price of zero but for embeddings' output and the loopback", () => {
    for (const [vendor, { models }] of Object.entries(prices.vendors)) {
      for (const [model, price] of Object.entries(models)) {
        if (vendor === "loopback") continue;
        expect([model, price.input]).not.toEqual([model, "0"]);
        if (!model.includes("embed")) expect([model, price.output]).not.toEqual([model, "0"]);
      }
    }
  });

  test("a call of the loopback costs zero whatever its model, and that zero has a version", () => {
    const price = wholePrice({ input: 0n, output: 0n });
    expect(list.find("anything", loopback)).toMatchObject({ price, version: list.version });
    expect(list.find("anything", openai)).toBeUndefined();
  });
});

describe("which price applies", () => {
  test("an id with a date at its end has the price of the id without, in every way vendors write dates", () => {
    const price = list.find("gpt-4o", openai);
    for (const model of ["gpt-4o-2024-08-06", "gpt-4o-20240806"]) expect(list.find(model, openai)).toBe(price);
    expect(list.find("gpt-4-0613", openai)).toBe(list.find("gpt-4", openai));
    expect(list.find("codestral-latest", openai)).toBeDefined();
    expect(list.find("gpt-4o-mini-2024-07-18", openai)).toBe(list.find("gpt-4o-mini", openai));
  });

  test("an id that the list names with its date keeps its own price", () => {
    expect(list.find("gpt-4o-2024-05-13", openai)?.price.input).toBe(parseUsd("5"));
  });

  test("no other ending is cut off: a relative or variant is not the model", () => {
    const others = [
      "gpt-4o-audio-preview",
      "gpt-4o-turbo-9000",
      "gpt-4o-2024-13-06",
      "gpt-4o-2024-08-40",
      "gpt-4o-99999999",
      "gpt-4o-1399",
      "gpt-4o-",
      "gpt",
      "",
    ];
    for (const model of others) expect([model, list.find(model, openai)]).toEqual([model, undefined]);
    expect(list.find("gpt-4o-mini", openai)).not.toEqual(list.find("gpt-4o", openai));
  });

  test("a vendor's own names cost the same at any provider; open models only where their host is asked", () => {
    const prices = createPriceList(small);
    const elsewhere = { name: "azure", type: "openai-compatible" };
    expect(prices.find("acme-1", elsewhere)).toBeDefined();
    expect(prices.find("acme-1")).toBeDefined();
    expect(prices.find("open-7b", elsewhere)).toBeUndefined();
    expect(prices.find("open-7b", { name: "host", type: "openai-compatible" })).toBeDefined();
  });

  test("an unknown model has no price, never zero", () => {
    expect(list.find("my-own-finetune", openai)).toBeUndefined();
  });

  test("names that JavaScript objects are born with are no models", () => {
    for (const model of ["constructor", "__proto__", "toString"]) expect(list.find(model, openai)).toBeUndefined();
  });
});

describe("T-26: a broken list is an error one can see", () => {
  const broken: readonly [string, unknown][] = [
    ["nothing", undefined],
    ["no vendors", { ...small, vendors: undefined }],
    ["another unit", { ...small, unit: "dollars per token" }],
    ["no date", { ...small, version: "latest" }],
    ["price as a number", vendorWith({ input: 3e9, output: "1" })],
    ["fractional price", vendorWith({ input: "0.5", output: "1" })],
    ["negative price", vendorWith({ input: "-1", output: "1" })],
    ["output missing", vendorWith({ input: "1" })],
    ["misspelt kind", vendorWith({ input: "1", output: "1", cache: "1" })],
    ["absurd price", vendorWith({ input: "9999999999999999", output: "1" })],
  ];

  function vendorWith(price: unknown): unknown {
    return { ...small, vendors: { acme: { anyProvider: true, models: { "acme-1": price } } } };
  }

  test.each(broken)("%s", (_, json) => {
    const read = (): unknown => createPriceList(json);
    expect(read).toThrow(GatewayError);
    expect(read).toThrow(/price list is broken/);
  });

  test("the message names the place", () => {
    expect(() => createPriceList(vendorWith({ input: "1" }))).toThrow("vendors.acme.models.acme-1.output");
  });
});
