import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";

test("timers run in order of due time, ties in order of creation", () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  clock.after(20, () => ran.push("late"));
  clock.after(10, () => ran.push("first"));
  clock.after(10, () => ran.push("second"));
  clock.advance(9.5);
  expect(ran).toEqual([]);
  clock.advance(15);
  expect(ran).toEqual(["first", "second", "late"]);
});

test("a timer sees its own due time, and timers made by timers run in the same advance", () => {
  const clock = new VirtualClock(1_000);
  const seen: number[] = [];
  clock.after(10, () => {
    seen.push(clock.monotonic());
    clock.after(5, () => seen.push(clock.now()));
  });
  clock.advance(100);
  expect(seen).toEqual([10, 1_015]);
  expect(clock.monotonic()).toBe(100);
});

test("a cancelled timer never runs and may be cancelled twice", () => {
  const clock = new VirtualClock();
  const cancel = clock.after(1, () => {
    throw new Error("ran");
  });
  cancel();
  cancel();
  clock.advance(10);
  expect(clock.pending).toBe(0);
});

test("run lets promises continue between timers", async () => {
  const clock = new VirtualClock();
  const sleep = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  const work = (async () => {
    await sleep(10);
    await sleep(10);
    return clock.monotonic();
  })();
  await clock.run(20);
  expect(await work).toBe(20);
});

test("a step of the wall clock leaves the monotonic clock alone", () => {
  const clock = new VirtualClock(5_000);
  clock.advance(10);
  clock.stepWall(-1_000);
  expect(clock.now()).toBe(4_010);
  expect(clock.monotonic()).toBe(10);
});
