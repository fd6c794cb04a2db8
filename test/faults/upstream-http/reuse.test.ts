import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { eventually } from "../../harness/eventually.ts";
import { answer, rawServer } from "../../harness/raw-server.ts";
import { failureOf, post, readText } from "../../harness/upstream-calls.ts";

const client = new UpstreamClient(systemClock);
beforeEach(() => client.start());
afterEach(() => client.stop());

describe("F51: a pooled connection", () => {
  test("closed by the server while idle is never written to", async () => {
    await using server = await rawServer(async (peer) => {
      await peer.request();
      await peer.send(answer(String(peer.number)));
      peer.end();
    });
    expect(await readText(await client.send(post(server.url)))).toBe("0");
    await eventually("the close was noticed", () => client.idleConnections === 0);
    expect(await readText(await client.send(post(server.url)))).toBe("1");
    expect(server.requests).toHaveLength(2);
  });

  test.each<["FIN" | "RST"]>([["FIN"], ["RST"]])(
    "ended by %s just as it is used again leads to one execution or to an error, never to two",
    async (how) => {
      let executions = 0;
      await using server = await rawServer(async (peer) => {
        await peer.request();
        executions++;
        await peer.send(answer("hi"));
        if (how === "FIN") peer.end();
        else peer.reset();
      });
      let answered = 0;
      for (let round = 0; round < 100; round++) {
        const before = executions;
        // The second call races with the close of the connection that the first one left in the pool.
        const response = await client.send(post(server.url)).catch(() => undefined);
        if (response !== undefined) {
          const text = await readText(response).catch(() => "");
          if (text === "hi") answered++;
        }
        expect(executions - before).toBeLessThanOrEqual(1);
      }
      expect(executions).toBeGreaterThanOrEqual(answered);
      expect(answered).toBeGreaterThan(0);
    },
  );

  test("that dies after taking the request is not tried again: exactly one execution", async () => {
    let executions = 0;
    await using server = await rawServer(async (peer) => {
      await peer.request();
      await peer.send(answer("hi"));
      await peer.request();
      executions++;
      peer.reset();
    });
    await readText(await client.send(post(server.url)));
    const error = await failureOf(client.send(post(server.url)));
    expect(error.code).toBe("upstream_unavailable");
    expect(executions).toBe(1);
    expect(server.accepted).toBe(1);
  });

  test("serves the next call only after a whole message: one left half read is closed", async () => {
    await using server = await rawServer(async (peer) => {
      await peer.request();
      await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
      await peer.request();
      await peer.send(answer("wrong"));
    });
    const { body } = await client.send(post(server.url));
    await body.next();
    await body.return();
    await eventually("the server saw the close", () => server.open === 0);
    expect(client.openConnections).toBe(0);
  });

  test("carries a thousand calls in a row", async () => {
    await using server = await rawServer(async (peer) => {
      for (;;) {
        const request = await peer.request();
        await peer.send(answer(Buffer.from(request.body).toString()));
      }
    });
    for (let count = 0; count < 1_000; count++) {
      const body = new TextEncoder().encode(String(count));
      expect(await readText(await client.send(post(server.url, { body })))).toBe(String(count));
    }
    expect(server.accepted).toBe(1);
  });
});

test("F52: six hundred calls run at once, and all finish", async () => {
  let arrived = 0;
  const everyoneIsHere = Promise.withResolvers<void>();
  await using server = await rawServer(async (peer) => {
    await peer.request();
    if (++arrived === 600) everyoneIsHere.resolve();
    await everyoneIsHere.promise;
    await peer.send(answer("hi"));
  });
  const calls = Array.from({ length: 600 }, () => client.send(post(server.url)).then(readText));
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 600 }, () => "hi"));
  expect(server.accepted).toBe(600);
  expect(client.idleConnections).toBe(512);
});

test("a body of 32 MB is flow-controlled and arrives whole", async () => {
  const body = new Uint8Array(32 * 1024 * 1024);
  for (let index = 0; index < body.length; index += 4_096) body[index] = index >> 12;
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: 64 * 1024 * 1024,
    fetch: async (request) => new Response(Bun.hash.crc32(await request.bytes()).toString()),
  });
  const response = await client.send(post(`http://127.0.0.1:${server.port}/`, { body }));
  expect(await readText(response)).toBe(Bun.hash.crc32(body).toString());
});
