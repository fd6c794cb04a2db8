import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { failureOf } from "#core/test-gateway.ts";
import { wait } from "#core/wait.ts";

test("the wait ends with its time, and leaves no timer and no listener behind", async () => {
  const clock = new VirtualClock();
  const leaving = new AbortController();
  const waited = wait(clock, 100, leaving.signal);
  clock.advance(100);
  await waited;
  leaving.abort(new Error("too late"));
  expect(clock.pending).toBe(0);
});

test("an abort ends it at once with the signal's reason, before it began as well", async () => {
  const clock = new VirtualClock();
  const leaving = new AbortController();
  const waited = failureOf(wait(clock, 100, leaving.signal));
  const reason = new Error("gone");
  leaving.abort(reason);
  expect(await waited).toBe(reason);
  expect(await failureOf(wait(clock, 100, leaving.signal))).toBe(reason);
  expect(clock.pending).toBe(0);
});
