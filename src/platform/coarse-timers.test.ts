import { expect, jest, test } from "bun:test";
import { CoarseTimers } from "#platform/coarse-timers.ts";

function wheel() {
  jest.useFakeTimers();
  let now = 12_345;
  const timers = new CoarseTimers(() => now);
  const pass = (durationMs: number) => {
    for (let passed = 0; passed < durationMs; passed += 10) {
      now += 10;
      jest.advanceTimersByTime(10);
    }
  };
  return { timers, pass };
}

test("a task runs once, never early and at most two slots late", () => {
  const { timers, pass } = wheel();
  let runs = 0;
  timers.after(1000, () => {
    runs += 1;
  });
  pass(990);
  expect(runs).toBe(0);
  pass(110);
  expect(runs).toBe(1);
  pass(5000);
  expect(runs).toBe(1);
  jest.useRealTimers();
});

test("a cancelled task never runs, and cancelling it again or late does nothing", () => {
  const { timers, pass } = wheel();
  const ran: string[] = [];
  const cancel = timers.after(1000, () => ran.push("cancelled"));
  const late = timers.after(1000, () => ran.push("kept"));
  cancel();
  cancel();
  pass(1200);
  late();
  expect(ran).toEqual(["kept"]);
  jest.useRealTimers();
});

test("a task may arm another one, also after the wheel had come to rest", () => {
  const { timers, pass } = wheel();
  const ran: string[] = [];
  timers.after(1000, () => timers.after(1000, () => ran.push("second")));
  pass(2200);
  expect(ran).toEqual(["second"]);
  pass(10_000);
  timers.after(1000, () => ran.push("third"));
  pass(1100);
  expect(ran).toEqual(["second", "third"]);
  jest.useRealTimers();
});

test("no system timer is left when nothing is pending", () => {
  const { timers, pass } = wheel();
  timers.after(60_000, () => undefined)();
  pass(100);
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

test("cancelled deadlines far ahead do not keep their slots until then", () => {
  const { timers, pass } = wheel();
  timers.after(3_600_000, () => undefined);
  for (let round = 0; round < 3000; round += 1) {
    timers.after(3_600_000, () => undefined)();
    pass(50);
  }
  expect(timers.slotCount).toBeLessThan(1500);
  jest.useRealTimers();
});
