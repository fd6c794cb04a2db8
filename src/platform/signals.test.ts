import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { onHangUp, onTermination } from "#platform/signals.ts";

test("the first signal drains, every later one of either kind ends", () => {
  const source = new EventEmitter();
  const calls: string[] = [];
  const release = onTermination(
    { first: (signal) => calls.push(`first ${signal}`), again: (signal) => calls.push(`again ${signal}`) },
    source,
  );
  for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"]) source.emit(signal);
  expect(calls).toEqual(["first SIGTERM", "again SIGINT", "again SIGTERM"]);
  release();
  expect(source.listenerCount("SIGTERM") + source.listenerCount("SIGINT")).toBe(0);
});

test("every hang-up is heard and ends nothing, until the signal is given back", () => {
  const source = new EventEmitter();
  let heard = 0;
  const release = onHangUp(() => {
    heard += 1;
  }, source);
  source.emit("SIGHUP");
  source.emit("SIGHUP");
  release();
  expect([heard, source.listenerCount("SIGHUP")]).toEqual([2, 0]);
});
