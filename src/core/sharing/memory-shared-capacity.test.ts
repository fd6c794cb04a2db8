import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { NodeId } from "#core/effects/ids.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { MemorySharedCapacity } from "#core/sharing/memory-shared-capacity.ts";
import type { ShareAsk, SharedTake, SharedVerdict } from "#core/sharing/shared-capacity.ts";

interface Store {
  readonly clock: VirtualClock;
  readonly store: MemorySharedCapacity;
  readonly take: (...takes: SharedTake[]) => Promise<SharedVerdict>;
}

function open(): Store {
  const clock = new VirtualClock();
  const store = new MemorySharedCapacity(clock, new SequenceRandom(3));
  const take = async (...takes: SharedTake[]): Promise<SharedVerdict> => {
    const answer = store.take(takes);
    await clock.run(store.trouble.delayMs);
    return answer;
  };
  return { clock, store, take };
}

const of = (key: string, cost = 1, count = 10): SharedTake => ({
  key,
  cost,
  rate: { count, periodUs: 60_000_000, burst: count },
});

describe("limits of callers that nodes share", () => {
  test("T-27 T-29 of many calls at once from many nodes exactly as many are let in as the limit has room for", async () => {
    const { clock, store } = open();
    store.trouble.delayMs = 8;
    const asked = Array.from({ length: 60 }, () => store.take([of("key"), of("team", 1, 25)]));
    await clock.run(10);
    const verdicts = await Promise.all(asked);
    expect(verdicts.filter(({ taken }) => taken)).toHaveLength(10);
  });

  test("T-31 all are taken or none, and who is refused has used up nothing of the others", async () => {
    const { take } = open();
    expect(await take(of("team", 3), of("key", 10))).toEqual({ taken: true });
    const refused = await take(of("team", 7), of("key", 1));
    expect(refused).toEqual({ taken: false, refused: of("key", 1), waitMs: 6_000 });
    expect(await take(of("team", 7))).toEqual({ taken: true });
    expect(await take(of("team", 1))).toMatchObject({ taken: false });
  });

  test("T-31 with calls that are refused in between every other one fares as without them", async () => {
    const call = fc.record({
      keys: fc.subarray(["a", "b", "c"], { minLength: 1 }),
      cost: fc.integer({ min: 1, max: 6 }),
      waitMs: fc.constantFrom(0, 1_000, 20_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 30 }), async (calls) => {
        const [all, without] = [open(), open()];
        for (const { keys, cost, waitMs } of calls) {
          await Promise.all([all.clock.run(waitMs), without.clock.run(waitMs)]);
          const takes = keys.map((key) => of(key, cost));
          if ((await all.take(...takes)).taken) expect(await without.take(...takes)).toEqual({ taken: true });
        }
      }),
      { numRuns: 60 },
    );
  });

  test("what was reserved too much comes back, what was too little becomes a debt", async () => {
    const { clock, store, take } = open();
    await take(of("key", 10));
    await Promise.all([store.correct([of("key", -4)]), clock.run(0)]);
    expect(await take(of("key", 4))).toEqual({ taken: true });
    await Promise.all([store.correct([of("key", 10)]), clock.run(60_000)]);
    expect(await take(of("key", 1))).toMatchObject({ taken: false, waitMs: 6_000 });
    await clock.run(6_000);
    expect(await take(of("key", 1))).toEqual({ taken: true });
  });

  test("the answer tells how long until all of them have room", async () => {
    const { clock, take } = open();
    await take(of("slow", 10), of("fast", 100, 100));
    const verdict = await take(of("fast", 5, 100), of("slow", 2));
    expect(verdict).toMatchObject({ taken: false, refused: { key: "slow" }, waitMs: 12_000 });
    await clock.run(12_000);
    expect(await take(of("fast", 5, 100), of("slow", 2))).toEqual({ taken: true });
  });
});

describe("parts of a resource", () => {
  const ask = (running: number, waiting: number, places: number): ShareAsk => ({
    resource: "r",
    limits: { tokensPerSecond: 1_000, requestsPerSecond: 100, concurrent: 10, contextTokens: 5 },
    demand: { tokens: waiting * 100, requests: waiting, running, waiting },
    places,
  });

  async function lease(store: MemorySharedCapacity, clock: VirtualClock, node: string, asked: ShareAsk) {
    const answer = store.lease(node as NodeId, [asked]);
    await clock.run(0);
    return (await answer).shares[0];
  }

  test("nobody gets more than half of what is there, nor more than wanted", async () => {
    const { store, clock } = open();
    const first = await lease(store, clock, "a", ask(0, 1_000, 0));
    expect(first).toMatchObject({ tokensPerSecond: 500, requestsPerSecond: 50, contextTokens: 5 });
    expect(await lease(store, clock, "b", ask(0, 1, 0))).toMatchObject({ requestsPerSecond: 0 });
    await clock.run(250);
    expect(await lease(store, clock, "b", ask(0, 1, 0))).toMatchObject({ tokensPerSecond: 1 });
  });

  test("places that a node is to lose are the others' only once it has given them back", async () => {
    const { store, clock } = open();
    await lease(store, clock, "a", ask(0, 20, 0));
    await clock.run(1_000);
    expect(await lease(store, clock, "a", ask(0, 20, 0))).toMatchObject({ concurrent: 10 });
    expect(await lease(store, clock, "b", ask(0, 20, 0))).toMatchObject({ concurrent: 0 });
    expect(await lease(store, clock, "a", ask(10, 20, 10))).toMatchObject({ concurrent: 5 });
    expect(await lease(store, clock, "b", ask(0, 20, 0))).toMatchObject({ concurrent: 0 });
    expect(await lease(store, clock, "a", ask(8, 20, 8))).toMatchObject({ concurrent: 5 });
    expect(await lease(store, clock, "b", ask(0, 20, 0))).toMatchObject({ concurrent: 2 });
    expect(await lease(store, clock, "a", ask(5, 20, 5))).toMatchObject({ concurrent: 5 });
    expect(await lease(store, clock, "b", ask(2, 20, 2))).toMatchObject({ concurrent: 5 });
  });

  test("a call that is lost never settles, and half of them were carried out all the same", async () => {
    const { store, clock } = open();
    store.trouble.loss = 1;
    let settled = 0;
    for (let call = 0; call < 100; call += 1) {
      store.take([of("key", 1, 100)]).then(
        () => (settled += 1),
        () => (settled += 1),
      );
    }
    await clock.run(100);
    expect(settled).toBe(0);
    store.trouble.loss = 0;
    const rest = store.take([of("key", 90, 100)]);
    await clock.run(0);
    expect((await rest).taken).toBe(false);
  });
});
