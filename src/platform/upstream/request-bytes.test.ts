import { describe, expect, test } from "bun:test";
import { version } from "#platform/version.ts";
import { call, request, socketAt, world } from "../../../test/harness/fake-sockets.ts";
import { failureOf } from "../../../test/harness/upstream-calls.ts";

describe("a request", () => {
  test("is one write of exactly these bytes", async () => {
    const here = world();
    await call(here, { headers: { authorization: "Bearer x", "x-latin": "\xe9" } });
    expect(socketAt(here.sockets, 0).written).toBe(
      `POST /v1 HTTP/1.1\r\nhost: a.example\r\nuser-agent: tokligence/${version}\r\naccept-encoding: identity\r\n` +
        "authorization: Bearer x\r\nx-latin: \xe9\r\ncontent-length: 2\r\n\r\n{}",
    );
  });

  test("says the length of an empty POST, and nothing about a GET's body", async () => {
    const here = world();
    const { body: _body, ...bodiless } = request();
    here.client.send(bodiless).catch(() => {});
    here.client.send({ ...bodiless, method: "GET" }).catch(() => {});
    expect(socketAt(here.sockets, 0).written).toEndWith("content-length: 0\r\n\r\n");
    expect(socketAt(here.sockets, 1).written).not.toContain("content-length");
  });

  test("keeps framing and hop-by-hop headers to itself", async () => {
    const here = world();
    const headers = { "content-length": "999", "transfer-encoding": "chunked", connection: "close", host: "evil" };
    await call(here, { headers });
    expect(socketAt(here.sockets, 0).written).not.toMatch(/999|chunked|close|evil/);
  });

  test.each([
    ["CR and LF", { "x-a": "1\r\nx-b: 2" }],
    ["LF", { "x-a": "1\n" }],
    ["NUL", { "x-a": "\0" }],
    ["a character beyond one byte", { "x-a": "\u4e16" }],
    ["a name that is two lines", { "x-a: 1\r\nx-b": "2" }],
  ])("with %s in a header is refused before anything is dialled", async (_what, headers) => {
    const { client, sockets } = world();
    const error = await failureOf(client.send(request({ headers })));
    expect(error.code).toBe("invalid_request");
    expect(error.message).not.toContain("x-b");
    expect(sockets).toHaveLength(0);
  });

  test("is never sent by a caller who has already gone", async () => {
    const { client, sockets } = world();
    const sent = client.send(request({ signal: AbortSignal.abort(new Error("gone")) }));
    await expect(sent).rejects.toThrow("gone");
    expect(sockets).toHaveLength(0);
  });
});
