import { expect, test } from "bun:test";
import type { KeyId } from "#core/effects/ids.ts";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { QuotaKeeper } from "#core/limits/quota-keeper.ts";
import type { QuotaRecord } from "#core/limits/quota-store.ts";
import { QuotaUsages } from "#core/limits/quota-usages.ts";

function bench() {
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const usages = new QuotaUsages();
  const saved: (readonly QuotaRecord[])[] = [];
  const store = {
    failing: false,
    async saveQuotaUsage(batch: readonly QuotaRecord[]) {
      if (store.failing) throw new GatewayError("storage_failed", "The disk is full.");
      saved.push(batch);
    },
  };
  const take = (keyId: string, tokens: number) => {
    const id = keyId as KeyId;
    usages.add(id, tokens, usages.of(id, undefined, clock.now()));
  };
  const keeper = new QuotaKeeper({ usages, store, clock, log });
  const tokens = () => saved.map((batch) => batch.map((record) => [String(record.keyId), record.usage.dayTokens]));
  return { clock, log, usages, store, take, keeper, tokens };
}

test("usage reaches the store at most once a second, and never while nothing changes", async () => {
  const { clock, keeper, take, tokens } = bench();
  await keeper.start();
  expect(clock.pending).toBe(0);
  for (let made = 0; made < 50; made += 1) take("a", 1);
  take("b", 2);
  await clock.run(999);
  expect(tokens()).toEqual([]);
  await clock.run(1);
  expect(tokens()).toEqual([
    [
      ["a", 50],
      ["b", 2],
    ],
  ]);
  await clock.run(5000);
  take("a", 1);
  await clock.run(1000);
  expect(tokens()).toHaveLength(2);
  expect(clock.pending).toBe(0);
});

test("the last second is kept at the end, and what was taken before the start is not forgotten", async () => {
  const { clock, keeper, take, tokens } = bench();
  take("a", 1);
  await keeper.start();
  take("a", 1);
  await keeper.stop();
  await keeper.stop();
  expect(tokens()).toEqual([[["a", 2]]]);
  expect(clock.pending).toBe(0);
});

test("while the store fails everything waits in memory, and the log says so once", async () => {
  const { clock, keeper, log, store, take, tokens } = bench();
  await keeper.start();
  store.failing = true;
  take("a", 1);
  await clock.run(3000);
  take("b", 5);
  await clock.run(3000);
  expect(log.lines.map(({ event }) => event)).toEqual(["quotas_not_kept"]);
  store.failing = false;
  await clock.run(1000);
  expect(tokens()).toEqual([
    [
      ["a", 1],
      ["b", 5],
    ],
  ]);
  expect(log.lines.map(({ event }) => event)).toEqual(["quotas_not_kept", "quotas_kept_again"]);
  store.failing = true;
  take("a", 1);
  await keeper.stop();
  expect(clock.pending).toBe(0);
});

test("what changes while a batch is being written follows in the next", async () => {
  const { clock, keeper, store, take, tokens } = bench();
  await keeper.start();
  const save = store.saveQuotaUsage;
  store.saveQuotaUsage = async (batch) => {
    take("late", 1);
    store.saveQuotaUsage = save;
    await save(batch);
  };
  take("a", 1);
  await clock.run(2000);
  expect(tokens()).toEqual([[["a", 1]], [["late", 1]]]);
});
