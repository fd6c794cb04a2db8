import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { Supervisor, supervisorOf } from "#platform/supervisor.ts";

function supervised(watchdogUs?: number, isWatched = true) {
  const clock = new VirtualClock();
  const told: Record<string, unknown>[] = [];
  const manager = { tell: (word: object) => told.push({ ...word }) > 0, nowUs: () => 7_000_000n };
  return { clock, told, supervisor: new Supervisor({ clock, manager, watchdogUs, isWatched }) };
}

test("the manager hears ready, reloading with its own clock, ready again, and stopping with the time it may take", () => {
  const { supervisor, told } = supervised();
  supervisor.ready("serving");
  supervisor.reloading();
  supervisor.ready("serving");
  supervisor.stopping(35_000);
  expect(told).toEqual([
    { READY: 1, STATUS: "serving" },
    { RELOADING: 1, MONOTONIC_USEC: 7_000_000n, STATUS: "reloading" },
    { READY: 1, STATUS: "serving" },
    { STOPPING: 1, STATUS: "draining", EXTEND_TIMEOUT_USEC: 35_000_000 },
  ]);
});

test("whoever takes the place of the process that was started says so, and keeps its watchdog told, as often as is known", () => {
  for (const [watchdogUs, everyMs] of [
    [10_000_000, 5_000],
    [undefined, 15_000],
  ] as const) {
    const { clock, supervisor, told } = supervised(watchdogUs, false);
    supervisor.ready("serving", 4711);
    clock.advance(everyMs);
    expect(told).toEqual([{ MAINPID: 4711, READY: 1, STATUS: "serving" }, { WATCHDOG: 1 }, { WATCHDOG: 1 }]);
  }
});

test("the watchdog hears at once and at half of its time from then on, while draining too, until the end", () => {
  const { supervisor, told, clock } = supervised(10_000_000);
  supervisor.ready("serving");
  const beats = (): number => told.filter((word) => "WATCHDOG" in word).length;
  expect(beats()).toBe(1);
  clock.advance(15_000);
  expect(beats()).toBe(4);
  supervisor.stopping(1000);
  clock.advance(5_000);
  expect(beats()).toBe(5);
  supervisor.end();
  clock.advance(60_000);
  expect([beats(), clock.pending]).toEqual([5, 0]);
});

test("without a manager, or with one that watches another process, nothing is said and no timer runs", () => {
  const clock = new VirtualClock();
  for (const environ of [{}, { NOTIFY_SOCKET: "relative" }, { WATCHDOG_USEC: "1000000" }]) {
    const supervisor = supervisorOf(environ, 1, clock);
    supervisor.ready("serving");
    supervisor.reloading();
    supervisor.stopping(1);
    supervisor.end();
  }
  expect(clock.pending).toBe(0);
});
