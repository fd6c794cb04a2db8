import { describe, expect, test } from "bun:test";
import { call, ok, request, socketAt, type World, world } from "../../../test/harness/fake-sockets.ts";
import { failureOf, readText } from "../../../test/harness/upstream-calls.ts";

describe("writing", () => {
  test("goes on where the kernel stopped", async () => {
    const here = world({ opens: false });
    const body = Buffer.alloc(200_000, "0123456789");
    const response = here.client.send(request({ body }));
    const socket = socketAt(here.sockets, 0);
    socket.room = 10;
    socket.connection.opened(socket);
    expect(socket.written).toHaveLength(10);
    while (!socket.written.endsWith(body.toString("latin1"))) {
      socket.room = 7_777;
      socket.connection.writable();
    }
    socket.says(ok);
    expect(await readText(await response)).toBe("hi");
    expect(here.client.idleConnections).toBe(1);
  });

  test("that stalls ends with the head clock, which every accepted byte restarts", async () => {
    const here = world({ opens: false });
    const response = here.client.send(request());
    const socket = socketAt(here.sockets, 0);
    socket.room = 1;
    socket.connection.opened(socket);
    here.clock.advance(2_999);
    socket.room = 1;
    socket.connection.writable();
    here.clock.advance(2_999);
    expect(socket.closedBy).toBeUndefined();
    here.clock.advance(1);
    expect((await failureOf(response)).message).toContain("request: nothing for 3000 ms");
  });

  test("cut short by an early answer gives the answer and drops the connection", async () => {
    const here = world({ opens: false });
    const response = here.client.send(request());
    const socket = socketAt(here.sockets, 0);
    socket.room = 20;
    socket.connection.opened(socket);
    socket.says("HTTP/1.1 413 No\r\ncontent-length: 3\r\n\r\nbig");
    expect((await response).status).toBe(413);
    expect(await readText(await response)).toBe("big");
    expect(socket.closedBy).toBe("end");
  });
});

describe("clocks", () => {
  test("connecting has its own, disarmed once the connection stands", async () => {
    const late = world({ opens: false });
    const never = late.client.send(request());
    late.clock.advance(500);
    const error = await failureOf(never);
    expect(error.code).toBe("upstream_timeout");
    expect(error.message).toBe("Provider acme, connect: nothing for 500 ms.");
    expect(error.cause).toMatchObject({ message: "a.example:80" });
    const socket = socketAt(late.sockets, 0);
    socket.connection.opened(socket);
    expect(socket.closedBy).toBe("terminate");
    expect(late.client.openConnections).toBe(0);

    const intime = world({ opens: false });
    const response = intime.client.send(request());
    intime.clock.advance(499);
    const opened = socketAt(intime.sockets, 0);
    opened.connection.opened(opened);
    intime.clock.advance(2_999);
    opened.says(ok);
    expect(await readText(await response)).toBe("hi");
  });

  test("the wait for the head has its own, which neither hints nor a trickle extend", async () => {
    const here = world();
    const response = here.client.send(request());
    const socket = socketAt(here.sockets, 0);
    here.clock.advance(1_000);
    socket.says("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 2");
    here.clock.advance(1_999);
    socket.says("00");
    expect(socket.closedBy).toBeUndefined();
    here.clock.advance(1);
    expect((await failureOf(response)).message).toContain("response head: nothing for 3000 ms");
    expect(socket.closedBy).toBe("terminate");
    expect(here.clock.pending).toBe(0);
  });

  test("the body has one for silence alone: a stream may last as long as it speaks", async () => {
    const here = world();
    const response = here.client.send(request());
    const socket = socketAt(here.sockets, 0);
    socket.says("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    const body = (await response).body;
    for (let count = 0; count < 100; count++) {
      here.clock.advance(5_999);
      socket.says("1\r\nx\r\n");
      expect((await body.next()).done).toBe(false);
    }
    const next = body.next();
    here.clock.advance(6_000);
    expect((await failureOf(next)).code).toBe("upstream_timeout");
    expect(here.client.openConnections).toBe(0);
  });

  test("silence while the reader holds the stream back is not the peer's", async () => {
    const here = world();
    const response = here.client.send(request());
    const socket = socketAt(here.sockets, 0);
    socket.says("HTTP/1.1 200 OK\r\ncontent-length: 300001\r\n\r\n");
    socket.says("x".repeat(300_000));
    expect(socket.paused).toBe(true);
    here.clock.advance(60_000);
    const body = (await response).body;
    expect((await body.next()).value?.length).toBe(300_000);
    expect(socket.paused).toBe(false);
    socket.says("y");
    expect((await body.next()).value?.length).toBe(1);
    expect((await body.next()).done).toBe(true);
    expect(here.client.idleConnections).toBe(1);
  });

  test("a thousand calls on one connection arm a handful of timers, not thousands", async () => {
    const here = world();
    for (let count = 0; count < 1_000; count++) {
      await call(here);
      expect(here.clock.pending).toBeLessThanOrEqual(2);
    }
    expect(here.sockets).toHaveLength(1);
  });
});

describe("aborting", () => {
  test("closes at once and gives the signal's reason, in every phase", async () => {
    const reason = new Error("gone");
    const phases: ((here: World) => void)[] = [
      () => {},
      ({ sockets }) => socketAt(sockets, 0).connection.opened(socketAt(sockets, 0)),
    ];
    for (const reach of phases) {
      const here = world({ opens: false });
      const controller = new AbortController();
      const response = here.client.send(request({ signal: controller.signal }));
      reach(here);
      controller.abort(reason);
      await expect(response).rejects.toBe(reason);
      expect(here.client.openConnections).toBe(0);
      expect(here.clock.pending).toBe(0);
    }
  });

  test("within the body drops what is unread", async () => {
    const here = world();
    const controller = new AbortController();
    const response = here.client.send(request({ signal: controller.signal }));
    socketAt(here.sockets, 0).says("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
    const { body } = await response;
    controller.abort(new Error("gone"));
    await expect(body.next()).rejects.toThrow("gone");
    expect(socketAt(here.sockets, 0).closedBy).toBe("terminate");
  });

  test("after the end touches nothing", async () => {
    const here = world();
    const controller = new AbortController();
    await call(here, { signal: controller.signal });
    controller.abort();
    expect(socketAt(here.sockets, 0).closedBy).toBeUndefined();
    expect(here.client.idleConnections).toBe(1);
  });

  test("leaves no listener on a signal that outlives its requests", async () => {
    const here = world();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...parameters: Parameters<typeof add>) => {
      listeners++;
      add(...parameters);
    };
    signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
      listeners--;
      remove(...parameters);
    };
    for (let count = 0; count < 1_000; count++) await call(here, { signal });
    expect(listeners).toBe(0);
    const refused = here.client.send(request({ signal }));
    expect(listeners).toBe(1);
    socketAt(here.sockets, 0).connection.lost(new Error("reset"));
    await failureOf(refused);
    expect(listeners).toBe(0);
    const left = here.client.send(request({ signal }));
    here.sockets.at(-1)?.says("HTTP/1.1 200 OK\r\n\r\n");
    await (await left).body.return();
    expect(listeners).toBe(0);
  });
});
