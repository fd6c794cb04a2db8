import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { Deadline } from "#platform/upstream/deadline.ts";

function deadlineOn(clock: VirtualClock): { deadline: Deadline; expiredAt: number[] } {
  const expiredAt: number[] = [];
  return { deadline: new Deadline(clock, () => expiredAt.push(clock.monotonic())), expiredAt };
}

test("a deadline moved a thousand times uses one timer and expires once, at its last setting", () => {
  const clock = new VirtualClock();
  const { deadline, expiredAt } = deadlineOn(clock);
  for (let count = 0; count < 1_000; count++) {
    deadline.set(100);
    expect(clock.pending).toBe(1);
    clock.advance(7);
  }
  clock.advance(1_000);
  expect(expiredAt).toEqual([999 * 7 + 100]);
});

test("an earlier setting is not missed because a later one was under way", () => {
  const clock = new VirtualClock();
  const { deadline, expiredAt } = deadlineOn(clock);
  deadline.set(60_000);
  deadline.set(50);
  expect(clock.pending).toBe(1);
  clock.advance(60_000);
  expect(expiredAt).toEqual([50]);
});

test("a cleared deadline never expires, and the timer left behind serves the next one", () => {
  const clock = new VirtualClock();
  const { deadline, expiredAt } = deadlineOn(clock);
  deadline.set(100);
  deadline.clear();
  clock.advance(50);
  deadline.set(100);
  expect(clock.pending).toBe(1);
  clock.advance(99);
  expect(expiredAt).toEqual([]);
  clock.advance(1);
  expect(expiredAt).toEqual([150]);
});

test("a disposed deadline leaves no timer behind, and Infinity needs none", () => {
  const clock = new VirtualClock();
  const { deadline, expiredAt } = deadlineOn(clock);
  deadline.set(Number.POSITIVE_INFINITY);
  expect(clock.pending).toBe(0);
  deadline.set(100);
  deadline.dispose();
  expect(clock.pending).toBe(0);
  clock.advance(1_000);
  expect(expiredAt).toEqual([]);
});
