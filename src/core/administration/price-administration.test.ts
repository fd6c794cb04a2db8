import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { IdentityDesk, refusalOf } from "#core/administration/identity-desk.test-data.ts";
import type { Caller } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { priceHandlers } from "#core/administration/price-administration.ts";
import { priceOperations } from "#core/api/price.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import { PriceBook } from "#core/catalog/price-book.ts";
import { silentLog } from "#core/effects/recording-log.ts";
import { rootPrincipal } from "#core/identity/principal.ts";
import { parseUsd } from "#core/ledger/money.ts";

const caller: Caller = { principal: rootPrincipal, requestId: "req_1" };
const embedded = embeddedPriceList();
let desk: IdentityDesk;
let priceBook: PriceBook;
let changes: number;
let handlers: ReturnType<typeof priceHandlers>;

beforeEach(async () => {
  desk = new IdentityDesk();
  changes = 0;
  const { feed, clock, stores } = desk;
  priceBook = new PriceBook({ store: stores.prices, feed, embedded, clock, log: silentLog });
  await priceBook.start();
  handlers = priceHandlers({ ...desk.parts, priceBook });
  feed.subscribe("prices.changed", () => (changes += 1));
});
afterEach(() => desk.stores.close());

/** Asks an operation as the HTTP door does. */
async function ask<Name extends keyof typeof priceOperations>(name: Name, input: unknown) {
  const handle = handlers[name] as (input: unknown, caller: Caller) => ReturnType<(typeof handlers)[Name]>;
  return handle(parseInput(priceOperations[name].input, input), caller);
}
const set = (input: object) => ask("setPrice", { model: "own", input: "1", output: "2", ...input });

describe("prices", () => {
  test("that are set are in force at once, under a version that is counted on", async () => {
    const view = await set({
      cached: "0.25",
      cache_write_long: "2",
      request: "0.001",
      steps: [{ above_input_tokens: 9, input: "3", output: "4", cached: "0.3", audio_output: "8" }],
    });
    expect(view).toEqual({
      model: "own",
      provider: null,
      input_usd: "1",
      output_usd: "2",
      cached_usd: "0.25",
      cache_write_usd: "1",
      cache_write_long_usd: "2",
      reasoning_usd: "2",
      audio_input_usd: "1",
      audio_output_usd: "2",
      image_input_usd: "1",
      request_usd: "0.001",
      steps: [
        {
          above_input_tokens: 9,
          input_usd: "3",
          output_usd: "4",
          cached_usd: "0.3",
          cache_write_usd: "3",
          cache_write_long_usd: "3",
          reasoning_usd: "4",
          audio_input_usd: "3",
          audio_output_usd: "8",
          image_input_usd: "3",
        },
      ],
      source: "set",
      price_version: "2026-11-21.1",
      set_at: "2026-11-21T12:00:00.000Z",
    });
    expect(priceBook.current().find("own")?.price.input).toBe(parseUsd("1"));
    expect((await set({ provider: "azure" })).price_version).toBe("2026-11-21.2");
    expect(changes).toBe(2);
  });

  test("T-25: the unit is a million tokens, wherever prices go in or out", async () => {
    await set({ input: "2.50" });
    const { data } = await ask("listPrices", { model: "own" });
    expect([data[0]?.input_usd, priceBook.current().find("own")?.price.input]).toEqual(["2.5", 2_500_000_000n]);
  });

  test("that were taken away let the embedded one hold again", async () => {
    await set({ model: "gpt-4o" });
    const removed = await ask("removePrice", { model: "gpt-4o" });
    expect(removed).toEqual({ model: "gpt-4o", provider: null, price_version: "2026-11-21.2" });
    expect(priceBook.current().find("gpt-4o")?.source).toBe("embedded");
    expect(await refusalOf(ask("removePrice", { model: "gpt-4o" }))).toEqual(["not_found", undefined]);
    expect(await refusalOf(ask("removePrice", { model: "own", provider: "x" }))).toEqual(["not_found", undefined]);
  });

  test("are imported all or none, as one version", async () => {
    const prices = [
      { model: "a", input: "1", output: "1" },
      { model: "a", provider: "p", input: "2", output: "2" },
    ];
    expect(await ask("importPrices", { prices })).toEqual({ price_version: "2026-11-21.1", models: 2 });
    const bad = [...prices, { model: "b", input: "-1", output: "1" }];
    expect(await refusalOf(ask("importPrices", { prices: bad }))).toEqual(["invalid_request", "prices.2.input"]);
    const twice = [...prices, { model: "a", input: "3", output: "3" }];
    expect(await refusalOf(ask("importPrices", { prices: twice }))).toEqual(["invalid_request", "prices.2.model"]);
    expect(priceBook.current().version).toBe("2026-11-21.1");
  });

  test("are listed as they hold: those set here first, then those that are part of the program", async () => {
    await set({ model: "gpt-4o" });
    const { data } = await ask("listPrices", {});
    expect([data[0]?.model, data[0]?.source, data[1]?.source]).toEqual(["gpt-4o", "set", "embedded"]);
    expect(data.filter(({ model }) => model === "gpt-4o")).toHaveLength(1);
    expect((await ask("listPrices", { model: "gpt-4o", provider: "azure" })).data).toHaveLength(1);
  });

  test("have versions, the newest first, the embedded list last", async () => {
    await set({});
    await ask("removePrice", { model: "own" });
    const { data } = await ask("listPriceVersions", {});
    expect(data.map(({ price_version, source, models }) => [price_version, source, models])).toEqual([
      ["2026-11-21.2", "removed", 1],
      ["2026-11-21.1", "set", 1],
      [embedded.version, "embedded", embedded.all().length],
    ]);
  });

  test("changed at the same time get a version each", async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => set({ model: `m${index}` })));
    expect(priceBook.current().version).toBe("2026-11-21.10");
    expect((await ask("listPriceVersions", {})).data).toHaveLength(11);
  });

  test("F110: below zero, beyond belief, finer than a nano-dollar or no amount at all are refused by field", async () => {
    for (const [field, amount] of Object.entries({
      input: "-1",
      output: "1000001",
      cached: "0.0000000001",
      request: "x",
    })) {
      expect(await refusalOf(set({ [field]: amount }))).toEqual(["invalid_request", field]);
    }
    const steps = [1, 2].map(() => ({ above_input_tokens: 9, input: "1", output: "1" }));
    expect(await refusalOf(set({ steps }))).toEqual(["invalid_request", "steps"]);
    expect(await refusalOf(set({ input: "99999999999999" }))).toEqual(["invalid_request", "input"]);
    expect(priceBook.current()).toBe(embedded);
  });

  test("leave who set them and to what in the audit, in the same breath", async () => {
    await set({ provider: "azure" });
    const [row] = await desk.stores.audit.listAudit({ limit: 1 });
    expect(row).toMatchObject({
      action: "setPrice",
      actor: { kind: "root" },
      target: { kind: "price", id: "azure/own" },
      details: { input_usd: "1", output_usd: "2", price_version: "2026-11-21.1" },
      requestId: "req_1",
    });
  });
});
