import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { type Peer, type RawServer, rawServer } from "../../harness/raw-server.ts";
import { failureOf, post, readText } from "../../harness/upstream-calls.ts";

const client = new UpstreamClient(systemClock);
beforeEach(() => client.start());
afterEach(() => client.stop());

/** A server that answers every request with `bytes` and then does `last`. */
function saying(bytes: string | Uint8Array, last: (peer: Peer) => void = (peer) => peer.end()): Promise<RawServer> {
  return rawServer(async (peer) => {
    await peer.request();
    await peer.send(bytes);
    last(peer);
  });
}

/** Resets once the bytes before it have been read, since a reset may overtake them. */
const resetLater = (peer: Peer): void => void systemClock.after(30, () => peer.reset());

describe("F34: a message that is cut", () => {
  test.each<[string, string, ((peer: Peer) => void) | undefined]>([
    ["short of its length by FIN", "content-length: 10\r\n\r\nhalf", undefined],
    ["short of its length by RST", "content-length: 10\r\n\r\nhalf", resetLater],
    ["within a chunk", "transfer-encoding: chunked\r\n\r\n8\r\nhalf", undefined],
    ["between chunks", "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", undefined],
    ["before the last CRLF", "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n", undefined],
    ["by RST where only a close would end it", "\r\nhalf", resetLater],
  ])("%s gives what came and then upstream_truncated", async (_how, rest, last) => {
    await using server = await saying(`HTTP/1.1 200 OK\r\n${rest}`, last);
    const { body } = await client.send(post(server.url));
    const first = await body.next();
    expect(Buffer.from(first.value ?? []).toString()).toBe("half");
    const error = await failureOf(body.next());
    expect(error.code).toBe("upstream_truncated");
    expect(error.message).not.toContain("half");
    expect((await body.next()).done).toBe(true);
    expect(client.openConnections).toBe(0);
  });

  test("within its head is upstream_truncated, before any byte upstream_unavailable", async () => {
    await using inHead = await saying("HTTP/1.1 200 OK\r\ncontent-le");
    expect((await failureOf(client.send(post(inHead.url)))).code).toBe("upstream_truncated");
    await using before = await saying("");
    expect((await failureOf(client.send(post(before.url)))).code).toBe("upstream_unavailable");
  });

  test("F36: without length or chunks ends cleanly at FIN: only its reader can know better", async () => {
    await using server = await saying('HTTP/1.1 200 OK\r\n\r\n{"half": ');
    expect(await readText(await client.send(post(server.url)))).toBe('{"half": ');
    expect(client.idleConnections).toBe(0);
  });
});

describe("content codings, though none was asked for", () => {
  const text = "event: x\n".repeat(5_000);
  const codings: [string, Uint8Array][] = [
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
  ];
  const coded = (coding: string, bytes: Uint8Array): Uint8Array =>
    Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\n\r\n`), bytes]);

  test.each(codings)("%s is decoded", async (coding, bytes) => {
    await using server = await saying(coded(coding, bytes));
    expect(await readText(await client.send(post(server.url)))).toBe(text);
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test.each(codings)("T-08: a cut %s stream is upstream_truncated", async (coding, bytes) => {
    await using server = await saying(coded(coding, bytes.subarray(0, bytes.length - 5)));
    const error = await failureOf(client.send(post(server.url)).then(readText));
    expect(error.code).toBe("upstream_truncated");
  });

  test.each(codings)("F41: a corrupt %s stream is upstream_bad_response", async (coding, bytes) => {
    await using server = await saying(coded(coding, Buffer.from(bytes).fill(0xa5, 0, 20)));
    const error = await failureOf(client.send(post(server.url)).then(readText));
    expect(error.code).toBe("upstream_bad_response");
  });

  test("a connection cut within a compressed body is upstream_truncated too", async () => {
    const bytes = gzipSync(text);
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bytes.length}\r\n\r\n`;
    await using server = await saying(Buffer.concat([Buffer.from(head), bytes.subarray(0, 30)]));
    const error = await failureOf(client.send(post(server.url)).then(readText));
    expect(error.code).toBe("upstream_truncated");
  });

  test("a coding named over an empty body is an empty body", async () => {
    await using server = await saying("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n");
    expect(await readText(await client.send(post(server.url)))).toBe("");
  });

  test("F41: an unknown one is upstream_bad_response", async () => {
    await using server = await saying(coded("zip", new Uint8Array(3)));
    expect((await failureOf(client.send(post(server.url)))).code).toBe("upstream_bad_response");
  });

  test("a compressed body left unread, or half read, closes its connection", async () => {
    const stream = Buffer.concat([coded("gzip", gzipSync(text))]);
    await using server = await saying(stream, () => {});
    const unread = await client.send(post(server.url));
    await unread.body.return();
    const halfRead = await client.send(post(server.url));
    await halfRead.body.next();
    await halfRead.body.return();
    expect(client.openConnections).toBe(0);
  });
});
