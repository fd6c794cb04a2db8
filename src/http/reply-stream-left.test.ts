import { expect, test } from "bun:test";
import { bytes } from "#http/plain-codec.ts";
import { reply, testDoors } from "#http/test-doors.ts";

test("a caller that leaves while the provider is silent gets no heartbeat more, however long that takes to end", async () => {
  const doors = testDoors({}, { heartbeatIntervalMs: 100 });
  const silence = Promise.withResolvers<void>();
  doors.gateway.answer = async () =>
    reply(
      (async function* () {
        yield { events: [], raw: bytes("a") };
        await silence.promise;
      })(),
      "openai-chat",
    );
  const reader = (await doors.chat({ model: "gpt-x", stream: true })).body?.getReader();
  expect((await reader?.read())?.value).toEqual(bytes("a"));
  const next = reader?.read();
  await doors.clock.run(1);
  const gone = reader?.cancel();
  await doors.clock.run(300);
  silence.resolve();
  await gone;
  expect((await next)?.done).toBe(true);
  expect(doors.clock.pending).toBe(0);
});
