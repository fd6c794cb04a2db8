import { describe, expect, test } from "bun:test";
import { call, ok, request, socketAt, world } from "../../../test/harness/fake-sockets.ts";
import { failureOf, readText } from "../../../test/harness/upstream-calls.ts";

describe("a connection", () => {
  test("serves one call after the other, the youngest first", async () => {
    const here = world();
    const first = here.client.send(request());
    const second = here.client.send(request());
    socketAt(here.sockets, 0).says(ok);
    socketAt(here.sockets, 1).says(ok);
    await Promise.all([first, second]);
    expect(here.client.idleConnections).toBe(2);
    const third = here.client.send(request());
    socketAt(here.sockets, 1).says(ok);
    expect(await readText(await third)).toBe("hi");
    expect(here.sockets).toHaveLength(2);
  });

  test.each([
    ["the peer says close", "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi"],
    ["the peer speaks HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi"],
    ["bytes follow the answer", `${ok}HTTP/1.1 200 OK\r\n\r\n`],
  ])("is not used again when %s", async (_why, answer) => {
    const here = world();
    const response = here.client.send(request());
    socketAt(here.sockets, 0).says(answer);
    expect(await readText(await response)).toBe("hi");
    expect(socketAt(here.sockets, 0).closedBy).toBe("end");
    expect(here.client.openConnections).toBe(0);
  });

  test("held back at the end of a long message reads again before its next call", async () => {
    const here = world();
    const response = here.client.send(request());
    socketAt(here.sockets, 0).says(`HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n${"x".repeat(300_000)}`);
    expect(here.client.idleConnections).toBe(1);
    expect(socketAt(here.sockets, 0).paused).toBe(false);
    await call(here);
    expect((await readText(await response)).length).toBe(300_000);
  });

  test("is closed once it has been idle for 4 s, or as long as the peer promises less a second", async () => {
    const here = world();
    await call(here);
    here.clock.advance(5_000);
    expect(socketAt(here.sockets, 0).closedBy).toBe("end");
    const response = here.client.send(request());
    socketAt(here.sockets, 1).says("HTTP/1.1 200 OK\r\nkeep-alive: timeout=20\r\ncontent-length: 0\r\n\r\n");
    await response;
    here.clock.advance(18_000);
    expect(here.client.idleConnections).toBe(1);
    here.clock.advance(2_000);
    expect(here.client.idleConnections).toBe(0);
  });

  test("too old for use is not used, even before the sweep has seen it", async () => {
    const here = world();
    here.clock.advance(500);
    await call(here);
    here.clock.advance(900);
    await call(here);
    here.clock.advance(3_999);
    await call(here);
    expect(here.sockets).toHaveLength(1);
    here.clock.advance(4_001);
    expect(here.client.idleConnections).toBe(1);
    const response = here.client.send(request());
    expect(socketAt(here.sockets, 0).closedBy).toBe("end");
    socketAt(here.sockets, 1).says(ok);
    expect(await readText(await response)).toBe("hi");
  });

  test("above the limit per origin is closed instead of kept", async () => {
    const here = world({ maxIdlePerOrigin: 2 });
    const responses = [1, 2, 3].map(() => here.client.send(request()));
    for (const socket of here.sockets) socket.says(ok);
    await Promise.all(responses);
    expect(here.client.idleConnections).toBe(2);
    expect(here.client.openConnections).toBe(2);
  });

  test("is not shared between origins", async () => {
    const here = world();
    await call(here);
    await call(here, { url: "http://b.example/v1" });
    expect(here.sockets).toHaveLength(2);
  });

  test("on which the peer speaks unasked is closed", async () => {
    const here = world();
    await call(here);
    socketAt(here.sockets, 0).says("HTTP/1.1 408 Request Timeout\r\n\r\n");
    expect(here.client.openConnections).toBe(0);
  });

  test("left idle leaves no timer behind when the client stops", async () => {
    const here = world();
    await call(here);
    await here.client.stop();
    expect(socketAt(here.sockets, 0).closedBy).toBe("end");
    expect(here.clock.pending).toBe(0);
    await call(here);
    expect(here.client.openConnections).toBe(0);
  });
});

describe("a pooled connection that died", () => {
  test("before the write is replaced, and the request sent once", async () => {
    const here = world();
    await call(here);
    socketAt(here.sockets, 0).room = -1;
    await call(here);
    expect(here.sockets).toHaveLength(2);
    expect(here.client.openConnections).toBe(1);
  });

  test("while it took no byte is replaced", async () => {
    const here = world();
    await call(here);
    socketAt(here.sockets, 0).room = 0;
    const response = here.client.send(request());
    socketAt(here.sockets, 0).connection.lost();
    socketAt(here.sockets, 1).says(ok);
    expect(await readText(await response)).toBe("hi");
  });

  test("after it took one byte fails the request: it may have been executed", async () => {
    const here = world();
    await call(here);
    socketAt(here.sockets, 0).room = 1;
    const response = here.client.send(request());
    socketAt(here.sockets, 0).connection.lost();
    expect((await failureOf(response)).code).toBe("upstream_unavailable");
    expect(here.sockets).toHaveLength(1);
  });

  test("is replaced once: a fresh connection that dies fails the request", async () => {
    const here = world();
    await call(here);
    socketAt(here.sockets, 0).room = -1;
    const response = here.client.send(request());
    socketAt(here.sockets, 1).connection.lost();
    expect((await failureOf(response)).code).toBe("upstream_unavailable");
    expect(here.sockets).toHaveLength(2);
  });
});
