import { afterEach, beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { fakeSocketCall } from "../../harness/fake-sockets.ts";
import { rawServer } from "../../harness/raw-server.ts";
import { post, readText } from "../../harness/upstream-calls.ts";

const client = new UpstreamClient(systemClock);
beforeEach(() => client.start());
afterEach(() => client.stop());

const body = 'data: {"text":"h\xc3\xa9\r\n\r\n"}\n\n';
const messages: readonly [string, string][] = [
  ["a length", `content-length: ${body.length}\r\n\r\n${body}`],
  [
    "chunks",
    `transfer-encoding: chunked\r\n\r\n5\r\n${body.slice(0, 5)}\r\n${(body.length - 5).toString(16)};x=y\r\n${body.slice(5)}\r\n0\r\na: b\r\n\r\n`,
  ],
];

test.each(messages)("a response with %s fed byte by byte over a socket is the same response", async (_how, rest) => {
  await using server = await rawServer(async (peer) => {
    for (;;) {
      await peer.request();
      await peer.drip(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx-a: 1\r\n${rest}`);
    }
  });
  for (let count = 0; count < 2; count++) {
    const response = await client.send(post(server.url));
    expect(response.header("x-a")).toBe("1");
    expect(await readText(response)).toBe(body);
  }
  expect(server.accepted).toBe(1);
});

test.each(messages)("a response with %s cut anywhere is the same response", async (_how, rest) => {
  const wire = `HTTP/1.1 103 Hints\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\nx-a: 1\r\n${rest}`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(wire.length)), async (cuts) => {
      const edges = [...new Set([0, ...cuts, wire.length])].sort((a, b) => a - b);
      const pieces = edges.slice(1).map((edge, index) => wire.slice(edges[index], edge));
      const { response, idleConnections } = await fakeSocketCall(pieces);
      expect(response.header("x-a")).toBe("1");
      expect(await readText(response)).toBe(body);
      expect(idleConnections).toBe(1);
    }),
  );
});
