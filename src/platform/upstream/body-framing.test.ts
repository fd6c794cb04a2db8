import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type BodyFraming, framingFor } from "#platform/upstream/body-framing.ts";
import { maxChunkLineBytes, maxTrailerBytes } from "#platform/upstream/chunked-framing.ts";
import { MalformedResponse } from "#platform/upstream/errors.ts";
import { parseResponseHead } from "#platform/upstream/response-head.ts";

const framing = (headers: string, status = "HTTP/1.1 200 OK"): BodyFraming =>
  framingFor(parseResponseHead(headers === "" ? status : `${status}\r\n${headers}`));
const chunked = (): BodyFraming => framing("transfer-encoding: chunked");
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** The body that comes out when `wire` goes in, cut at `cuts`. */
function through(target: BodyFraming, wire: Uint8Array, cuts: readonly number[] = []): string {
  const edges = [...new Set([0, ...cuts, wire.length])].sort((a, b) => a - b);
  let body = "";
  for (let index = 1; index < edges.length; index++) {
    const chunk = wire.slice(edges[index - 1], edges[index]);
    body += Buffer.from(target.take(chunk)).toString("latin1");
  }
  return body;
}

describe("which framing a head announces", () => {
  test.each([
    ["content-length: 5", "hello", true],
    ["content-length: 5, 5", "hello", true],
    ["content-length: 5\r\ncontent-length: 5", "hello", true],
    ["content-length: 6", "hello", false],
    ["", "hello", false],
    ["transfer-encoding: Chunked", "5\r\nhello\r\n0\r\n\r\n", true],
  ])("%p reads %p to its end: %p", (headers, wire, complete) => {
    const target = framing(headers);
    expect(through(target, bytes(wire))).toBe("hello");
    expect(target.complete).toBe(complete);
    expect(target.surplus).toBe(false);
  });

  test.each(["204 No Content", "304 Not Modified"])("%s has no body whatever it says", (status) => {
    const target = framing("content-length: 5", `HTTP/1.1 ${status}`);
    expect(target.complete).toBe(true);
  });

  test.each([
    ["two lengths that differ", "content-length: 5\r\ncontent-length: 6"],
    ["two spellings of one length", "content-length: 5, 05"],
    ["a negative length", "content-length: -1"],
    ["a length in hexadecimal", "content-length: 0x5"],
    ["an empty length", "content-length:"],
    ["a length beyond exact numbers", "content-length: 99999999999999999999"],
    ["both ways at once", "content-length: 5\r\ntransfer-encoding: chunked"],
    ["a coding before chunked", "transfer-encoding: gzip, chunked"],
    ["chunked twice", "transfer-encoding: chunked\r\ntransfer-encoding: chunked"],
    ["no coding we know", "transfer-encoding: identity"],
  ])("%s is refused", (_what, headers) => {
    expect(() => framing(headers)).toThrow(MalformedResponse);
  });

  test("chunks in HTTP/1.0 are refused", () => {
    expect(() => framing("transfer-encoding: chunked", "HTTP/1.0 200 OK")).toThrow(MalformedResponse);
  });

  test("only a body without length or chunks may end with the connection", () => {
    expect(framing("").endsAtClose).toBe(true);
    expect(framing("content-length: 1").endsAtClose).toBe(false);
    expect(chunked().endsAtClose).toBe(false);
  });

  test("bytes after the end are not body, and are noticed", () => {
    const byLength = framing("content-length: 2");
    expect(through(byLength, bytes("hiHTTP/1.1"))).toBe("hi");
    expect(byLength.surplus).toBe(true);
    const byChunks = chunked();
    expect(through(byChunks, bytes("2\r\nhi\r\n0\r\n\r\nX"))).toBe("hi");
    expect(byChunks.surplus).toBe(true);
  });
});

describe("a chunked body", () => {
  test("is the same body wherever the wire is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 }),
        fc.constantFrom("", ";name=value", ' ;q="a;b"', " "),
        fc.constantFrom("", "x-trailer: 1\r\n", "a: 1\r\nb: 2\r\n"),
        fc.array(fc.nat(400)),
        (pieces, extension, trailers, cuts) => {
          const text = pieces.map((piece) => Buffer.from(piece).toString("latin1"));
          const wire = bytes(
            `${text.map((piece) => `${piece.length.toString(16)}${extension}\r\n${piece}\r\n`).join("")}0\r\n${trailers}\r\n`,
          );
          const target = chunked();
          const within = cuts.filter((cut) => cut < wire.length);
          expect(through(target, wire, within)).toBe(text.join(""));
          expect(target.complete).toBe(true);
          expect(target.surplus).toBe(false);
        },
      ),
    );
  });

  test("that arrives in one read leaves in one piece", () => {
    const piece = chunked().take(bytes("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    expect(Buffer.from(piece).toString()).toBe("abcde");
  });

  test("is not complete before its last line", () => {
    const wire = bytes("2\r\nhi\r\n0\r\n\r\n");
    for (let length = 0; length < wire.length; length++) {
      const target = chunked();
      through(target, wire.slice(0, length));
      expect(target.complete).toBe(false);
    }
  });

  test.each([
    ["no size", "\r\nhi"],
    ["a size that is no number", "g\r\n"],
    ["a signed size", "-1\r\n"],
    ["a size that rounds", "1234567890abc\r\n"],
    ["a size line ended by LF", "2\nhi"],
    ["an extension ended by LF", "2;a\nhi"],
    ["data longer than its size", "2\r\nhi!\r\n"],
    ["data ended by LF", "2\r\nhi\n"],
    ["CR without LF after the size", "2\rhi"],
    ["an endless extension", `2;${"x".repeat(maxChunkLineBytes + 1)}`],
    ["endless trailers", `0\r\n${"a: 1\r\n".repeat(maxTrailerBytes / 4)}`],
    ["a trailer ended by LF", "0\r\na: 1\n"],
  ])("is refused with %s", (_what, wire) => {
    expect(() => through(chunked(), bytes(wire))).toThrow(MalformedResponse);
  });
});
