import { afterEach, beforeEach, expect, test } from "bun:test";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { eventually } from "../../harness/eventually.ts";
import { rawServer } from "../../harness/raw-server.ts";
import { certificate, testAuthority } from "../../harness/tls/certificates.ts";
import { post } from "../../harness/upstream-calls.ts";

const client = new UpstreamClient(systemClock, { tls: { ca: testAuthority() } });
beforeEach(() => client.start());
afterEach(() => client.stop());

/** Far below the second that is promised, far above what a busy machine needs. */
const soonMs = 500;

test.each<["plain" | "TLS"]>([["plain"], ["TLS"]])(
  "T-44: an abort before the head closes the upstream connection at once (%s)",
  async (transport) => {
    let closedAt: Promise<number> = Promise.resolve(0);
    await using server = await rawServer(
      async (peer) => {
        closedAt = peer.closed();
        await peer.request();
      },
      transport === "TLS" ? certificate("trusted") : undefined,
    );
    const controller = new AbortController();
    const call = client.send(post(server.url, { signal: controller.signal }));
    const outcome = call.catch((error: unknown) => error);
    await eventually("the request arrived", () => server.requests.length === 1);
    const abortedAt = performance.now();
    const reason = new Error("client gone");
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect((await closedAt) - abortedAt).toBeLessThan(soonMs);
  },
);

test("T-44: an abort within a stream closes the upstream connection at once and ends the read", async () => {
  let closedAt: Promise<number> = Promise.resolve(0);
  await using server = await rawServer(async (peer) => {
    closedAt = peer.closed();
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\ndata: \r\n");
  });
  const controller = new AbortController();
  const { body } = await client.send(post(server.url, { signal: controller.signal }));
  await body.next();
  const next = body.next().catch((error: unknown) => error);
  const abortedAt = performance.now();
  const reason = new Error("client gone");
  controller.abort(reason);
  expect(await next).toBe(reason);
  expect((await closedAt) - abortedAt).toBeLessThan(soonMs);
  expect(client.openConnections).toBe(0);
});

test("a reader that leaves a stream early closes the upstream connection", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\n\r\n");
    for (;;) {
      await peer.send("x");
      await Bun.sleep(2);
    }
  });
  const { body } = await client.send(post(server.url));
  for await (const _ of body) break;
  await eventually("the server saw the close", () => server.open === 0);
});

test("six hundred aborts leave no connection and no timer to wait for", async () => {
  await using server = await rawServer(async (peer) => {
    await peer.request();
    await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
  });
  const controller = new AbortController();
  const bodies: AsyncIterator<Uint8Array>[] = [];
  // A server of Bun lets 512 connections wait to be accepted, whatever it is told; the kernel resets some beyond that.
  for (let wave = 0; wave < 3; wave += 1) {
    const opened = Array.from({ length: 200 }, () => client.send(post(server.url, { signal: controller.signal })));
    bodies.push(...(await Promise.all(opened)).map(({ body }) => body));
  }
  controller.abort(new Error("all gone"));
  const outcomes = await Promise.allSettled(bodies.map((body) => body.next()));
  expect(outcomes.every((outcome) => outcome.status === "rejected")).toBe(true);
  expect(client.openConnections).toBe(0);
  await eventually("the server saw every close", () => server.open === 0);
});
