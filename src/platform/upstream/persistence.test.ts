import { expect, test } from "bun:test";
import { idleLimitMs } from "#platform/upstream/persistence.ts";
import { parseResponseHead } from "#platform/upstream/response-head.ts";

test.each([
  ["HTTP/1.1 200 OK", 4_000],
  ["HTTP/1.1 200 OK\r\nconnection: keep-alive", 4_000],
  ["HTTP/1.1 200 OK\r\nkeep-alive: timeout=5", 4_000],
  ["HTTP/1.1 200 OK\r\nkeep-alive: max=100, timeout=20", 19_000],
  ["HTTP/1.1 200 OK\r\nkeep-alive: timeout=999999", 60_000],
  ["HTTP/1.1 200 OK\r\nkeep-alive: timeout=1", 0],
  ["HTTP/1.1 200 OK\r\nkeep-alive: timeout=0", 0],
  ["HTTP/1.1 200 OK\r\nkeep-alive: nonsense", 4_000],
  ["HTTP/1.1 200 OK\r\nconnection: close", 0],
  ["HTTP/1.1 200 OK\r\nConnection: x-hop, Close", 0],
  ["HTTP/1.1 200 OK\r\nconnection: closed-beta", 4_000],
  ["HTTP/1.0 200 OK\r\nconnection: keep-alive", 0],
])("after %p a connection may lie idle for %p ms", (head, limitMs) => {
  expect(idleLimitMs(parseResponseHead(head))).toBe(limitMs);
});
