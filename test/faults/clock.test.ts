/** A wall clock that is set forth and back moves records to the time it says, and nothing that is counted or measured. */
import { describe, expect, test } from "bun:test";
import { goodAnswer, bench, drain } from "#core/test-gateway.ts";
import { caller, done, limitsBench, refusalOf } from "#core/limits/limits-bench.test-data.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";

const hourMs = 3_600_000;
/** An hour forth, an hour back, to a leap day, beyond 2038, and back to before all of them. */
const stepsMs = [hourMs, -hourMs, -2 * hourMs, Date.UTC(2028, 1, 29) - Date.UTC(2026, 0, 1), 10 * 366 * 24 * hourMs];

describe("F68 a clock that is set forth or back", () => {
  test("lets nobody make more requests, nor more at once, than before", () => {
    const { clock, enter } = limitsBench();
    const key = caller({ requestsPerMinute: 3, concurrent: 3 });
    for (let made = 0; made < 3; made += 1) enter(key);
    for (const stepMs of stepsMs) {
      clock.stepWall(stepMs);
      expect(refusalOf(() => enter(key))).toMatchObject({ code: "rate_limited" });
    }
    clock.advance(20_000);
    expect(refusalOf(() => enter(key))?.message).toContain("at once");
  });

  test("opens a quota's window anew once for each midnight that it says, not each time it says it", () => {
    const { clock, enter } = limitsBench();
    const key = caller({ tokensPerDay: 100 });
    const spends = (): boolean =>
      refusalOf(() => {
        const hold = enter(key);
        hold.reserve(100);
        hold.settle(done(100));
      }) === undefined;
    const granted = [spends()];
    // Over the midnight and back again, time after time: one day more is one quota more, however often it comes.
    for (let round = 0; round < 5; round += 1) {
      for (const stepMs of [24 * hourMs, -24 * hourMs]) {
        clock.stepWall(stepMs);
        granted.push(spends());
      }
    }
    expect(granted.filter(Boolean)).toHaveLength(2);
  });

  test("makes no duration negative and none an hour long", async () => {
    for (const stepMs of stepsMs) {
      const held = bench([
        async function* (call, ...more) {
          held.clock.stepWall(stepMs);
          held.clock.advance(5);
          yield* goodAnswer(call, ...more);
        },
      ]);
      await drain(await held.gateway.open(held.call));
      const [row] = held.rows;
      expect([stepMs, row?.latencyMs, row?.firstTokenMs, row?.queueMs]).toEqual([stepMs, 5, 5, 0]);
    }
  });

  test("keeps the books in their order, on any day and beyond 2038", async () => {
    const stores = openInThread();
    const days = [
      Date.UTC(2028, 1, 28, 23, 59, 59, 999),
      Date.UTC(2028, 1, 29),
      Date.UTC(2028, 1, 29) - hourMs,
      Date.UTC(2026, 2, 29, 1),
      Date.UTC(2038, 0, 19, 3, 14, 8),
      Date.UTC(2106, 1, 7, 6, 28, 16),
    ];
    for (const [index, atMs] of days.entries()) {
      await stores.ledger.settle([{ entry: sampleEntry(`req_${index}`, { atMs }), postings: [] }]);
    }
    const times = (await stores.ledger.scan("usage", 0, 10)).map(({ atMs }) => atMs);
    expect(times).toEqual([days[0], days[1], days[1], days[1], days[4], days[5]].map((atMs) => atMs ?? 0));
    stores.close();
  });
});
