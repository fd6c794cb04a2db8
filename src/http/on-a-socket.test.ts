import { afterAll, expect, test } from "bun:test";
import type { Clock } from "#core/effects/clock.ts";
import { bytes } from "#http/plain-codec.ts";
import { reply, replyOf, testDoors, untilAborted } from "#http/test-doors.ts";

/** The promises that only a real socket can break: who left, who does not read, what is flushed when. */
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
const limits = { commitAfterMs: 60, heartbeatIntervalMs: 40, clientStallTimeoutMs: 400, bodyTimeoutMs: 150 };
const doors = testDoors({ clock }, limits);
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  fetch: (request, listener) =>
    doors.app.fetch(request, { address: "127.0.0.1", root: false, keepOpen: () => listener.timeout(request, 0) }),
});
afterAll(() => server.stop(true));

function request(body: string, length = body.length): string {
  return [
    "POST /v1/chat/completions HTTP/1.1",
    "Host: localhost",
    "Authorization: Bearer good",
    "Content-Type: application/json",
    `Content-Length: ${length}`,
    "",
    body,
  ].join("\r\n");
}
const streamed = request('{"model":"gpt-x","stream":true}');

async function connect(text: string, reads = true) {
  const seen = { text: "", closed: false };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(server.port),
    socket: {
      open(opened) {
        opened.write(text);
        if (!reads) opened.pause();
      },
      data(_, part) {
        seen.text += part.toString();
      },
      close() {
        seen.closed = true;
      },
    },
  });
  return { seen, socket };
}

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && !holds(); attempt += 1) await Bun.sleep(5);
  expect(holds()).toBe(true);
}

test("a committed stream reaches the caller before its first event", async () => {
  const answered = Promise.withResolvers<ReturnType<typeof replyOf>>();
  doors.gateway.answer = () => answered.promise;
  const { seen, socket } = await connect(streamed);
  await until(() => seen.text.split(":hb").length > 3);
  answered.resolve(replyOf([{ events: [], raw: bytes("data: 1\n\n") }], "openai-chat"));
  await until(() => seen.text.endsWith("data: 1\n\n\r\n0\r\n\r\n"));
  socket.end();
});

test.each(["before the first event", "after the commit"])("a caller that leaves %s pulls the signal", async (when) => {
  let signal: AbortSignal | undefined;
  doors.gateway.answer = (call) => {
    signal = call.signal;
    return untilAborted(call.signal);
  };
  const { seen, socket } = await connect(streamed);
  await until(() => signal !== undefined && (when === "before the first event" || seen.text.includes(":hb")));
  socket.terminate();
  await until(() => signal?.aborted === true && doors.app.inFlight() === 0);
  expect(signal?.reason).toMatchObject({ code: "client_closed" });
});

test("a reader that never reads holds a bounded part of the answer and is cut (F12)", async () => {
  const frame = bytes(`data: ${"x".repeat(16_000)}\n\n`);
  let given = 0;
  let ended = false;
  doors.gateway.answer = async () =>
    reply(
      (async function* () {
        try {
          for (;;) {
            given += frame.byteLength;
            if (given % (16 * frame.byteLength) === 0) await Bun.sleep(0);
            yield { events: [], raw: frame };
          }
        } finally {
          ended = true;
        }
      })(),
      "openai-chat",
    );
  const { socket } = await connect(streamed, false);
  await until(() => ended && doors.app.inFlight() === 0);
  expect(given).toBeLessThan(16 * 1024 * 1024);
  socket.terminate();
});

test("a body that stays unfinished is answered with 408 and its connection closed", async () => {
  const { seen } = await connect(request("{", 100));
  await until(() => seen.closed);
  expect(seen.text).toStartWith("HTTP/1.1 408 ");
  expect(doors.app.inFlight()).toBe(0);
});

test("two Host headers are refused (F15)", async () => {
  const { seen, socket } = await connect("GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n");
  await until(() => seen.text.length > 0);
  expect(seen.text).toStartWith("HTTP/1.1 400 ");
  socket.end();
});

test("TRACE reflects nothing (F16)", async () => {
  const { seen, socket } = await connect("TRACE /livez HTTP/1.1\r\nHost: localhost\r\nX-Secret: s\r\n\r\n");
  await until(() => seen.text.length > 0);
  expect(seen.text).toStartWith("HTTP/1.1 405 ");
  expect(seen.text).not.toContain("Secret");
  socket.end();
});

test("a wish for a WebSocket is answered with 426 at once, and the connection is still good for POST (pitfall 34)", async () => {
  const wish = ["GET /v1/responses HTTP/1.1", "Host: localhost", "Authorization: Bearer good", "Connection: Upgrade"];
  const key = [
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "",
    "",
  ];
  const { seen, socket } = await connect([...wish, ...key].join("\r\n"));
  await until(() => seen.text.includes("\r\n\r\n"));
  expect(seen.text).toStartWith("HTTP/1.1 426 ");
  expect(seen.text).toContain("upgrade_required");
  doors.gateway.answer = async () => replyOf([{ events: [], raw: bytes("data: 1\n\n") }], "openai-chat");
  socket.write(streamed);
  await until(() => seen.text.includes("data: 1"));
  socket.end();
});
