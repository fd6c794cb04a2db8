/** What no sequence of events may break. Every trace is checked against all of it after every event; titles say what each is rich in. */
import { describe, expect } from "bun:test";
import { arbitraryTrace } from "./arbitrary-trace.ts";
import { drain } from "./drain.ts";
import { promise } from "./promise.ts";
import { Replay } from "./replay.ts";

describe("safety", () => {
  promise(
    "S1 every offer reaches exactly one end, and at every step all are accounted for",
    60,
    arbitraryTrace({ deadlines: true, tightQueue: true }),
    ({ world, steps }) => {
      const replay = new Replay(world).run(steps);
      drain(replay);
      const { ends } = replay.books;
      expect([replay.books.waiting.count, replay.books.running.size]).toEqual([0, 0]);
      expect(ends.settled + ends.cancelled + ends.refused).toBe(replay.offers);
    },
  );

  promise(
    "S2 nothing starts twice, ends twice or starts after its end",
    50,
    arbitraryTrace({ deadlines: true }),
    ({ world, steps }) => {
      const replay = new Replay(world).run(steps);
      // Ends that come again, and ends of what never was, change nothing.
      const before = JSON.stringify(replay.scheduler.state(replay.nowUs));
      replay.endAgain();
      expect(JSON.stringify(replay.scheduler.state(replay.nowUs))).toBe(before);
    },
  );

  promise(
    "S3 in flight never exceeds the limits, the ceiling or the trials, whatever changes",
    60,
    arbitraryTrace({ dimensions: "concurrency", changes: true, patient: true }),
    ({ world, steps }) => {
      new Replay(world).run(steps);
    },
  );

  promise(
    "S4 no window takes more than burst, rate, one largest charge and what was given back",
    70,
    arbitraryTrace({ dimensions: "rates", changes: true, patient: true }),
    ({ world, steps }) => {
      new Replay(world).run(steps);
    },
  );

  promise(
    "S5 nothing starts at or after its deadline, and nothing waits beyond it",
    50,
    arbitraryTrace({ deadlines: true, patient: true }),
    ({ world, steps }) => {
      new Replay(world).run(steps);
    },
  );

  promise(
    "S6 the queue, a tenant's share of it and its bytes stay within bounds",
    50,
    arbitraryTrace({ tightQueue: true, patient: true }),
    ({ world, steps }) => {
      new Replay(world).run(steps);
    },
  );

  promise(
    "S7 under strict nobody goes before a more urgent one that could go",
    50,
    arbitraryTrace({ policies: ["strict"], patient: true, shortAge: true }),
    ({ world, steps }) => {
      new Replay(world).run(steps);
    },
  );

  promise(
    "S8 a tenant's requests of one level go in the order in which they came",
    40,
    arbitraryTrace({ patient: true }),
    ({ world, steps }) => {
      new Replay(world).run(steps);
    },
  );

  promise(
    "S9 only a full queue or a full share of it evicts, only for a more urgent one, and from the worst level",
    60,
    arbitraryTrace({ tightQueue: true, patient: true, dimensions: "concurrency" }),
    ({ world, steps }) => {
      new Replay(world).run(steps);
    },
  );

  promise(
    "S13 numbers stay whole, whatever their size",
    40,
    arbitraryTrace({ huge: true, deadlines: true }),
    ({ world, steps }) => {
      const replay = new Replay(world).run(steps);
      const numbers = [...JSON.stringify(replay.scheduler.state(replay.nowUs)).matchAll(/:(-?[\d.e+]+|null)/g)].map(
        (found) => Number(found[1]),
      );
      expect(numbers.filter((number) => !Number.isSafeInteger(number) || number < 0)).toEqual([]);
    },
  );

  promise(
    "S14 limits, ceilings, health, pauses and policies may change at any moment",
    70,
    arbitraryTrace({ changes: true, deadlines: true, tightQueue: true, shortAge: true }),
    ({ world, steps }) => {
      const replay = new Replay(world).run(steps);
      drain(replay);
      expect([replay.books.waiting.count, replay.books.running.size]).toEqual([0, 0]);
    },
  );

  promise(
    "S15 a clock that steps back or jumps an hour makes no negative wait and no second burst",
    60,
    arbitraryTrace({ clock: true, changes: true, deadlines: true }),
    ({ world, steps }) => {
      const replay = new Replay(world).run(steps);
      for (const { what } of replay.happenings) expect(what).not.toContain("-");
    },
  );
});
