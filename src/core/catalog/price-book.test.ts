import { expect, test } from "bun:test";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import { PriceBook } from "#core/catalog/price-book.ts";
import type { PriceVersion } from "#core/catalog/price-version.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { MemoryChangeFeed } from "#core/feed.ts";
import { wholePrice } from "#core/ledger/money.ts";

function scene() {
  const versions: PriceVersion[] = [];
  const state = { failing: false };
  const feed = new MemoryChangeFeed();
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const store = {
    priceVersions: async () => {
      if (state.failing) throw new GatewayError("storage_failed", "The disk is gone.");
      return [...versions];
    },
  };
  const book = new PriceBook({ store, feed, embedded: embeddedPriceList(), clock, log });
  const set = (nanos: bigint): void => {
    const prices = [{ model: "own", price: wholePrice({ input: nanos, output: nanos }) }];
    versions.push({ version: `2026-07-01.${versions.length + 1}`, createdAtMs: 0, source: "set", prices });
  };
  return { book, feed, clock, log, set, state, own: () => book.current().find("own")?.price.input };
}

test("what was set before is in force from the start on, what is set later at once", async () => {
  const { book, feed, set, own } = scene();
  set(1n);
  await book.start();
  expect(own()).toBe(1n);
  set(2n);
  feed.publish("prices.changed");
  await book.reload();
  expect(own()).toBe(2n);
  await book.stop();
  set(3n);
  feed.publish("prices.changed");
  await Promise.resolve();
  expect(own()).toBe(2n);
});

test("L13: a list that somebody holds stays as it was", async () => {
  const { book, set } = scene();
  set(1n);
  await book.start();
  const held = book.current();
  set(2n);
  await book.reload();
  expect([held.find("own")?.price.input, book.current().find("own")?.price.input]).toEqual([1n, 2n]);
});

test("prices that cannot be read at start stop it: calls would be billed at others", async () => {
  const { book, state } = scene();
  state.failing = true;
  const failed = await book.start().catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "storage_failed" });
});

test("a change that cannot be read is said, and read again until it can", async () => {
  const { book, feed, clock, log, set, state, own } = scene();
  await book.start();
  state.failing = true;
  set(5n);
  feed.publish("prices.changed");
  await book.reload().catch(() => {});
  await clock.advance(0);
  expect([own(), log.lines.map(({ event }) => event)]).toEqual([undefined, ["prices_not_loaded"]]);
  state.failing = false;
  await clock.advance(1_000);
  await book.reload();
  expect(own()).toBe(5n);
});
