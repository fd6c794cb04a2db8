import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MalformedResponse } from "#platform/upstream/errors.ts";
import { HeadCollector, maxHeadBytes, maxHeaderCount, parseResponseHead } from "#platform/upstream/response-head.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

describe("a response head", () => {
  test("gives status, version and fields by lower-case name, repeated ones joined", () => {
    const head = parseResponseHead("HTTP/1.0 404 Not Here\r\nX-A: 1\r\nx-a:\t2 \r\nEmpty:\r\nLatin: caf\xe9");
    expect(head.status).toBe(404);
    expect(head.minorVersion).toBe(0);
    expect(head.header("x-a")).toBe("1, 2");
    expect(head.header("empty")).toBe("");
    expect(head.header("latin")).toBe("caf\xe9");
    expect(head.header("absent")).toBeUndefined();
  });

  test.each(["HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1 599 Odd  reason"])("may begin with %p", (line) => {
    expect(parseResponseHead(line).minorVersion).toBe(1);
  });

  test.each([
    ["another protocol", "HTTP/2 200 OK"],
    ["another major version", "HTTP/2.0 200 OK"],
    ["a minor version nobody has", "HTTP/1.2 200 OK"],
    ["no status", "HTTP/1.1 OK"],
    ["a status out of range", "HTTP/1.1 600 No"],
    ["a status of four digits", "HTTP/1.1 2000 OK"],
    ["a lower-case protocol", "http/1.1 200 OK"],
    ["an empty line", ""],
    ["a folded line", "HTTP/1.1 200 OK\r\na: 1\r\n b"],
    ["white space before the colon", "HTTP/1.1 200 OK\r\na : 1"],
    ["no colon", "HTTP/1.1 200 OK\r\nnonsense"],
    ["no name", "HTTP/1.1 200 OK\r\n: 1"],
    ["NUL in a value", "HTTP/1.1 200 OK\r\na: 1\0"],
    ["a bare CR in a value", "HTTP/1.1 200 OK\r\na: 1\rset-cookie: x"],
    ["a bare LF in a value", "HTTP/1.1 200 OK\r\na: 1\nset-cookie: x"],
    ["more headers than any server needs", `HTTP/1.1 200 OK${"\r\na: 1".repeat(maxHeaderCount + 1)}`],
  ])("is refused with %s", (_what, text) => {
    expect(() => parseResponseHead(text)).toThrow(MalformedResponse);
  });
});

describe("a head cut anywhere", () => {
  test("is the same head, and the body starts at the same byte", () => {
    const text = "HTTP/1.1 200 OK\r\na: 1\r\ncontent-length: 4\r\n\r\n\n\n\r\n";
    const all = bytes(text);
    fc.assert(
      fc.property(fc.array(fc.nat(all.length), { maxLength: all.length }), (cuts) => {
        const edges = [...new Set([0, ...cuts, all.length])].sort((a, b) => a - b);
        const collector = new HeadCollector();
        let bodyFrom = -1;
        for (let index = 1; index < edges.length && bodyFrom < 0; index++) {
          const from = edges[index - 1] ?? 0;
          const head = collector.take(all.subarray(from, edges[index]));
          if (head === undefined) continue;
          expect(head.header("a")).toBe("1");
          bodyFrom = from + collector.bodyStart;
        }
        expect(bodyFrom).toBe(text.indexOf("\r\n\r\n") + 4);
        expect(collector.started).toBe(false);
      }),
    );
  });

  test("is refused with the first byte that cannot be HTTP", () => {
    expect(() => new HeadCollector().take(bytes("SSH-2.0"))).toThrow("status line");
    const collector = new HeadCollector();
    expect(collector.take(bytes("HTT"))).toBeUndefined();
    expect(() => collector.take(bytes("X"))).toThrow("status line");
  });

  test("is refused when its lines end in LF alone", () => {
    const collector = new HeadCollector();
    expect(collector.take(bytes("HTTP/1.1 200 OK\na: 1\n"))).toBeUndefined();
    expect(() => collector.take(bytes("\n{}"))).toThrow("malformed");
  });

  test("may be as long as the limit and not a byte longer, however it arrives", () => {
    const head = (length: number): Uint8Array => {
      const start = "HTTP/1.1 200 OK\r\na: ";
      return bytes(`${start}${"x".repeat(length - start.length)}\r\n\r\n`);
    };
    for (const step of [Number.MAX_SAFE_INTEGER, 5_000]) {
      expect(feed(head(maxHeadBytes), step)).toBe(true);
      expect(() => feed(head(maxHeadBytes + 1), step)).toThrow("more than");
    }
  });
});

function feed(all: Uint8Array, step: number): boolean {
  const collector = new HeadCollector();
  for (let index = 0; index < all.length; index += step) {
    if (collector.take(all.subarray(index, index + step)) !== undefined) return true;
  }
  return false;
}
