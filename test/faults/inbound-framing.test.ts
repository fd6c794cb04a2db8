import { expect, test } from "bun:test";
import { chatBody } from "../harness/chat-text.ts";
import { RawClient, rawChat, rawExchange } from "../harness/raw-client.ts";
import { sharedGateway } from "../harness/shared-gateway.ts";
import { completion } from "../harness/upstream-script.ts";

const shared = sharedGateway(completion());
const body = JSON.stringify(chatBody());
const length = `content-length: ${body.length}`;
const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** A call whose header block, between request line and body, is these lines as they are. */
function call(lines: string, content: string, version = "HTTP/1.1"): string {
  const host = `host: ${new URL(shared.gateway.url).host}\r\n`;
  return `POST /v1/chat/completions ${version}\r\n${host}content-type: application/json\r\n${lines}\r\n\r\n${content}`;
}

const smuggling: readonly (readonly [what: string, lines: string, content: string])[] = [
  ["a length and chunks", `${length}\r\ntransfer-encoding: chunked`, chunked],
  ["chunks and a length", `transfer-encoding: chunked\r\n${length}`, chunked],
  ["two lengths", `${length}\r\ncontent-length: 1`, body],
  ["a list of lengths", `content-length: ${body.length}, 1`, body],
  ["a negative length", "content-length: -1", body],
  ["a length with a sign", `content-length: +${body.length}`, body],
  ["a length that fits nowhere", "content-length: 99999999999999999999999", body],
  ["a coding that only looks like chunked", "transfer-encoding: xchunked", chunked],
  ["a coding behind chunked", "transfer-encoding: chunked, identity", chunked],
  ["two codings in two lines", "transfer-encoding: chunked\r\ntransfer-encoding: identity", chunked],
  ["a folded line", `x-folded: a\r\n b\r\n${length}`, body],
  ["a bare line feed", `x-a: b\nx-c: d\r\n${length}`, body],
  ["a bare carriage return", `x-a: b\rx-c: d\r\n${length}`, body],
  ["a NUL in a value", `x-a: b\0c\r\n${length}`, body],
  ["a NUL in a name", `x-a\0: b\r\n${length}`, body],
  ["a space before the colon", `content-length : ${body.length}`, body],
  ["a chunk without a size", "transfer-encoding: chunked", `zz\r\n${body}\r\n0\r\n\r\n`],
  ["a negative chunk", "transfer-encoding: chunked", `-1\r\n${body}\r\n0\r\n\r\n`],
  ["a chunk that fits nowhere", "transfer-encoding: chunked", `fffffffffffffffff\r\n${body}\r\n0\r\n\r\n`],
  ["a line feed alone behind a chunk's size", "transfer-encoding: chunked", chunked.replace("\r\n", "\n")],
];

test("F14 a request whose end can be read in two ways is refused, its connection closed, and what follows never executed", async () => {
  const { gateway, upstream } = shared;
  for (const [what, lines, content] of smuggling) {
    using client = await RawClient.connect(gateway.url);
    await client.send(call(lines, content) + rawChat(gateway.url, body));
    await client.ended();
    expect([what, client.text().match(/HTTP\/1\.1 (\d+)/g)]).toEqual([what, ["HTTP/1.1 400"]]);
  }
  for (const version of ["HTTP/1.2", "HTTP/2.0", "http/1.1", ""]) {
    using client = await RawClient.connect(gateway.url);
    await client.send(call(length, body, version) + rawChat(gateway.url, body));
    await client.ended();
    expect([version, client.text()]).toEqual([version, expect.stringMatching(/^$|^HTTP\/1\.1 (400|501|505) /)]);
  }
  using barelines = await RawClient.connect(gateway.url);
  await barelines.send(call(length, body).replaceAll("\r\n", "\n") + rawChat(gateway.url, body));
  expect([400, 505]).toContain((await barelines.answer()).status);
  await barelines.ended();
  expect(upstream.calls).toHaveLength(0);
});

test("F14 a request that comes before the answer to the one before it is not executed: the connection is closed", async () => {
  const { gateway, upstream } = shared;
  upstream.script({ ...completion(), headDelayMs: 300 });
  using client = await RawClient.connect(gateway.url);
  await client.send(rawChat(gateway.url, body) + rawChat(gateway.url, body));
  await client.ended();
  expect(client.received).toBe(0);
  upstream.script(completion());
  expect((await rawExchange(gateway.url, rawChat(gateway.url, body))).status).toBe(200);
  // The first one may or may not have come so far, before its caller was cut off.
  expect(upstream.calls.length).toBeLessThanOrEqual(2);
});
