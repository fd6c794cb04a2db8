import { beforeEach, expect, test } from "bun:test";
import type { KeyId } from "#core/effects/ids.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { LastUsed } from "#core/identity/last-used.ts";

const [ada, bob] = ["key_ada" as KeyId, "key_bob" as KeyId];
const minuteMs = 60_000;

let clock: VirtualClock;
let saved: [string, number][];
let batches: number;
let lastUsed: LastUsed;
beforeEach(() => {
  clock = new VirtualClock(10 * minuteMs + 1);
  saved = [];
  batches = 0;
  const saveLastUsed: IdentityStore["saveLastUsed"] = async (batch) => {
    batches += 1;
    saved.push(...batch.map(({ keyId, atMs }): [string, number] => [keyId, atMs]));
  };
  lastUsed = new LastUsed({ store: { saveLastUsed }, clock });
});

/** What is under way has come to its end. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

test("uses of a minute are saved as one, to the minute, a minute later", async () => {
  for (const keyId of [ada, bob, ada]) lastUsed.mark(keyId, clock.now());
  clock.advance(minuteMs - 1);
  await settled();
  expect(saved).toEqual([]);
  clock.advance(1);
  await settled();
  expect([saved, batches]).toEqual([
    [
      [ada, 10 * minuteMs],
      [bob, 10 * minuteMs],
    ],
    1,
  ]);
  clock.advance(10 * minuteMs);
  await settled();
  expect(batches).toBe(1);
});

test("what was not saved yet is saved at the end", async () => {
  lastUsed.mark(ada, clock.now());
  await lastUsed.stop();
  expect(saved).toEqual([[ada, 10 * minuteMs]]);
  await lastUsed.stop();
  expect(batches).toBe(1);
});

test("many keys are saved in small batches", async () => {
  for (let index = 0; index < 1_201; index += 1) lastUsed.mark(`key_${index}` as KeyId, clock.now());
  await lastUsed.stop();
  expect([saved.length, batches]).toEqual([1_201, 3]);
});

test("a store that fails holds nobody up, and later uses are saved again", async () => {
  let failing = true;
  const saveLastUsed: IdentityStore["saveLastUsed"] = async (batch) => {
    if (failing) throw new GatewayError("storage_failed", "Lost.");
    saved.push(...batch.map(({ keyId, atMs }): [string, number] => [keyId, atMs]));
  };
  lastUsed = new LastUsed({ store: { saveLastUsed }, clock });
  lastUsed.mark(ada, clock.now());
  clock.advance(minuteMs);
  await settled();
  failing = false;
  lastUsed.mark(ada, clock.now());
  clock.advance(minuteMs);
  await settled();
  expect(saved).toEqual([[ada, 11 * minuteMs]]);
});
