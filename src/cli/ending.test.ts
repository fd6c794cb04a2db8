import { expect, test } from "bun:test";
import { Ending } from "#cli/ending.ts";

function scene() {
  const calls: string[] = [];
  const drained = Promise.withResolvers<void>();
  const gateway = {
    drain() {
      calls.push("drain");
      return drained.promise;
    },
    async stop() {
      calls.push("stop");
    },
  };
  const stopping = (longestMs: number) => void calls.push(`may take ${longestMs}`);
  return { calls, drained, ending: new Ending(() => gateway, { stopping }, 5000) };
}

test("the first to ask lets running work be done, and the supervisor hears how long it may take", async () => {
  const { calls, drained, ending } = scene();
  ending.ask();
  expect(calls).toEqual(["may take 5000", "drain"]);
  drained.resolve();
  await ending.ended;
  expect(calls).toEqual(["may take 5000", "drain", "stop"]);
});

test("whoever asks again goes on waiting, unless it is to end now", async () => {
  const { calls, ending } = scene();
  ending.ask();
  ending.ask();
  expect(calls).toEqual(["may take 5000", "drain"]);
  ending.ask(true);
  await ending.ended;
  expect(calls).toEqual(["may take 5000", "drain", "stop"]);
});

test("asked to end now it does not drain", async () => {
  const { calls, ending } = scene();
  ending.ask(true);
  await ending.ended;
  expect(calls).toEqual(["may take 5000", "stop"]);
});
