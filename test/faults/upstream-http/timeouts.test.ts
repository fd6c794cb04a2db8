import { afterEach, beforeEach, expect, test } from "bun:test";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { eventually } from "../../harness/eventually.ts";
import { rawServer } from "../../harness/raw-server.ts";
import { failureOf, post, readText } from "../../harness/upstream-calls.ts";

const client = new UpstreamClient(systemClock);
beforeEach(() => client.start());
afterEach(() => client.stop());

test("F32: an upstream that hangs before its headers ends with the head clock, and the socket with it", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
  });
  const error = await failureOf(client.send(post(server.url, { limits: { headTimeoutMs: 80 } })));
  expect(error.code).toBe("upstream_timeout");
  expect(error.message).toContain("response head: nothing for 80 ms");
  await eventually("the server saw the close", () => server.open === 0);
  expect(client.openConnections).toBe(0);
});

test("F33, T-38: an upstream that hangs within a stream ends with the idle clock and frees its connection", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\ndata: \r\n");
  });
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => client.send(post(server.url, { limits: { idleTimeoutMs: 80 } }))),
  );
  for (const response of responses) {
    const first = await response.body.next();
    expect(Buffer.from(first.value ?? []).toString()).toBe("data: ");
    expect((await failureOf(response.body.next())).code).toBe("upstream_timeout");
  }
  await eventually("the server saw every close", () => server.open === 0);
  expect(client.openConnections).toBe(0);
});

test("T-43: a stream that outlives every other clock is not cut while it speaks", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n");
    for (let count = 0; count < 12; count++) {
      await Bun.sleep(20);
      await peer.send("x");
    }
  });
  const limits = { connectTimeoutMs: 100, headTimeoutMs: 100, idleTimeoutMs: 150 };
  expect(await readText(await client.send(post(server.url, { limits })))).toBe("x".repeat(12));
});

test("F50: a body that trickles for ever is ended by the caller's own deadline", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\n\r\n");
    for (;;) {
      await peer.send("x");
      await Bun.sleep(5);
    }
  });
  const controller = new AbortController();
  const response = await client.send(post(server.url, { signal: controller.signal }));
  const cancel = systemClock.after(100, () => controller.abort(new Error("deadline")));
  await expect(readText(response)).rejects.toThrow("deadline");
  cancel();
  await eventually("the server saw the close", () => server.open === 0);
});

test("a peer that reads nothing of a large request ends with the head clock", async () => {
  await using server = await rawServer((peer) => peer.stopReading());
  const body = new Uint8Array(32 * 1024 * 1024);
  const error = await failureOf(client.send(post(server.url, { body, limits: { headTimeoutMs: 100 } })));
  expect(error.code).toBe("upstream_timeout");
  expect(error.message).toContain("request: nothing for 100 ms");
});
