import { describe, expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { Targets } from "#platform/upstream/target.ts";

const resolve = (url: string) => new Targets().resolve(url);

describe("a target", () => {
  test.each([
    ["http://api.example/v1", "api.example", 80, false, "host: api.example\r\n"],
    ["https://api.example/v1", "api.example", 443, true, "host: api.example\r\n"],
    ["https://api.example:443/v1", "api.example", 443, true, "host: api.example\r\n"],
    ["http://api.example:8080/v1", "api.example", 8080, false, "host: api.example:8080\r\n"],
    ["http://[::1]:8080/v1", "::1", 8080, false, "host: [::1]:8080\r\n"],
  ])("of %s is where to connect and what to call it", (url, hostname, port, secure, host) => {
    const { origin, opening } = resolve(url);
    expect(origin).toMatchObject({ hostname, port, secure });
    expect(opening).toContain(host);
  });

  test("keeps path and query, drops the fragment, says who asks, and asks for no content coding", () => {
    const { opening } = resolve("http://api.example/v1/x?api-version=1#part");
    expect(opening).toStartWith(" /v1/x?api-version=1 HTTP/1.1\r\n");
    expect(opening).toContain("accept-encoding: identity\r\n");
    expect(opening).toMatch(/\r\nuser-agent: tokligence\/\d+\.\d+\.\d+[\w.+-]*\r\n/);
  });

  test("shares its origin's key with other paths, not with the other scheme", () => {
    expect(resolve("http://a.example/x").origin.key).toBe(resolve("http://a.example:80/y").origin.key);
    expect(resolve("http://a.example/").origin.key).not.toBe(resolve("https://a.example:80/").origin.key);
  });

  test("cannot be made to smuggle a line", () => {
    const { opening } = resolve("http://api.example/a\r\nx: y?q=\r\nz: 1");
    expect(opening.split("\r\n")).toHaveLength(5);
  });

  test.each(["ftp://a.example/", "/v1/chat", "", "http://", "http://key@a.example/", "http://u:p@a.example/"])(
    "is refused for %p, without repeating credentials",
    (url) => {
      let thrown: unknown;
      try {
        resolve(url);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(GatewayError);
      expect(thrown).toMatchObject({ code: "config_invalid" });
      expect(String(thrown)).not.toContain("@");
    },
  );

  test("is remembered, a thousand and more of them", () => {
    const targets = new Targets();
    const first = targets.resolve("http://a.example/");
    expect(targets.resolve("http://a.example/")).toBe(first);
    for (let count = 0; count < 3_000; count++) targets.resolve(`http://a.example/${count}`);
    expect(targets.resolve("http://a.example/")).toEqual(first);
  });
});
