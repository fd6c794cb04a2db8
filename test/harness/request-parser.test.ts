import { expect, test } from "bun:test";
import { type ParsedRequest, RequestParser } from "./request-parser.ts";

test("requests are the same however the bytes were cut", () => {
  const one = "POST /a HTTP/1.1\r\nX-Twice: 1\r\nx-twice: 2\r\nContent-Length: 5\r\n\r\nhello";
  const bytes = new TextEncoder().encode(`${one}GET /b HTTP/1.1\r\n\r\n`);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const parser = new RequestParser();
    const requests: ParsedRequest[] = [...parser.push(bytes.subarray(0, cut)), ...parser.push(bytes.subarray(cut))];
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /a", "GET /b"]);
    expect(requests[0]?.headers["x-twice"]).toBe("1, 2");
    expect(new TextDecoder().decode(requests[0]?.body)).toBe("hello");
  }
});
