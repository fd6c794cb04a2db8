/** What `src/platform/listener.ts` and `src/http` rely on in Bun's server. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../harness/eventually.ts";
import { RawClient, rawExchange } from "../harness/raw-client.ts";

type Handler = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

function serve(handler: Handler, options: { idleTimeout?: number; maxRequestBodySize?: number } = {}) {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, development: false, fetch: handler, ...options });
  return { server, url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}

const get = (target = "/", ...lines: string[]): string =>
  [`GET ${target} HTTP/1.1`, ...(lines.length > 0 ? lines : ["host: localhost"]), "", ""].join("\r\n");

test("cuts silent requests and silent connections after the idle timeout, unless server.timeout(request, 0)", async () => {
  const gate = Promise.withResolvers<void>();
  await using door = serve(
    (request, server) => {
      const { pathname } = new URL(request.url);
      if (pathname !== "/cut") server.timeout(request, 0);
      if (pathname === "/restored") server.timeout(request, 1);
      const silent = pathname === "/cut" || pathname === "/held";
      return silent ? gate.promise.then(() => new Response("late")) : new Response("answered");
    },
    { idleTimeout: 1 },
  );
  using cut = await RawClient.connect(door.url);
  using held = await RawClient.connect(door.url);
  using lifted = await RawClient.connect(door.url);
  using restored = await RawClient.connect(door.url);
  await cut.send(get("/cut"));
  await held.send(get("/held"));
  await lifted.send(get("/lifted"));
  await restored.send(get("/restored"));
  await cut.ended(20_000);
  await restored.ended(20_000);
  expect(restored.text()).toEndWith("answered");
  // What was lifted for one request stays lifted for its connection: it has to be put back.
  expect([held.closed, lifted.closed]).toEqual([false, false]);
  gate.resolve();
  expect((await held.answer()).body).toBe("late");
});

test("pulls request.signal when the caller leaves before the answer, half-closing included", async () => {
  for (const leave of ["reset", "end"] as const) {
    const seen = Promise.withResolvers<Request>();
    await using door = serve((request) => {
      seen.resolve(request);
      return new Promise<Response>(() => {});
    });
    using client = await RawClient.connect(door.url);
    await client.send(get());
    const { signal } = await seen.promise;
    expect(signal.aborted).toBe(false);
    client[leave]();
    await eventually(`the signal after ${leave}`, () => signal.aborted);
  }
});

test("leaves request.signal alone once the answer is complete", async () => {
  let signal: AbortSignal | undefined;
  await using door = serve((request) => {
    signal = request.signal;
    return new Response("done");
  });
  using client = await RawClient.connect(door.url);
  await client.send(get());
  expect((await client.answer()).body).toBe("done");
  client.reset();
  await eventually("the close", () => door.server.pendingRequests === 0);
  await rawExchange(door.url, get("/", "host: localhost", "connection: close"));
  expect(signal?.aborted).toBe(false);
});

test("answers 413 to a length over maxRequestBodySize without asking the handler", async () => {
  let calls = 0;
  await using door = serve(
    () => {
      calls += 1;
      return new Response();
    },
    { maxRequestBodySize: 10 },
  );
  const answer = await rawExchange(
    door.url,
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 11\r\n\r\n${"x".repeat(11)}`,
  );
  expect([answer.status, calls]).toEqual([413, 0]);
});

test("holds a body to its declared length: a shorter one is never given as whole", async () => {
  const outcome = Promise.withResolvers<string>();
  await using door = serve(async (request) => {
    request.bytes().then(
      (bytes) => outcome.resolve(`${bytes.length} bytes`),
      () => outcome.resolve("rejected"),
    );
    await outcome.promise;
    return new Response();
  });
  using client = await RawClient.connect(door.url);
  await client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nshort");
  client.reset();
  expect(await outcome.promise).toBe("rejected");
});

test("joins repeated headers with a comma, so that a second Host shows, and lets TRACE through", async () => {
  await using door = serve((request) => new Response(`${request.method} ${request.headers.get("host")}`));
  expect((await rawExchange(door.url, get("/", "host: a", "host: b"))).body).toBe("GET a, b");
  expect((await rawExchange(door.url, get().replace("GET", "TRACE"))).body).toStartWith("TRACE ");
});

test("resolves dot segments of the target, leaves escapes, and reports the bare target where Host is none", async () => {
  await using door = serve((request) => new Response(request.url));
  const urlOf = async (target: string, host = "h:1"): Promise<string> =>
    (await rawExchange(door.url, get(target, `host: ${host}`))).body;
  expect(await urlOf("/a/../b%2Fc?d=%20")).toBe("http://h:1/b%2Fc?d=%20");
  expect(await urlOf("/a?b", "no host")).toBe("/a?b");
});

test("closes the connection behind an answer that says so", async () => {
  await using door = serve(() => new Response("bye", { headers: { connection: "close" } }));
  using client = await RawClient.connect(door.url);
  await client.send(get());
  await client.ended();
  expect(client.text()).toEndWith("bye");
});

test("stop() waits for the running answer and takes no new connection; stop(true) cuts it", async () => {
  for (const cut of [false, true]) {
    const gate = Promise.withResolvers<void>();
    await using door = serve(async () => {
      await gate.promise;
      return new Response("whole");
    });
    using client = await RawClient.connect(door.url);
    await client.send(get());
    await eventually("the request", () => door.server.pendingRequests === 1);
    const stopped = door.server.stop(cut);
    const refused = await RawClient.connect(door.url).then(
      () => false,
      () => true,
    );
    expect(refused).toBe(true);
    if (!cut) gate.resolve();
    await client.ended();
    await stopped;
    expect(client.text().endsWith("whole")).toBe(!cut);
    gate.resolve();
  }
});

test("says 100 to Expect by itself, before the handler is asked, and leaves the body unread if the handler does", async () => {
  await using door = serve(() => new Response("no", { status: 401 }));
  using client = await RawClient.connect(door.url);
  await client.send("POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n");
  await eventually("the refusal", () => client.text().endsWith("no"));
  expect(client.text().match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 100", "HTTP/1.1 401"]);
});

test("closes a connection on which a request comes before the answer to the last one, and asks the handler only once", async () => {
  let calls = 0;
  await using door = serve(() => {
    calls += 1;
    return new Promise<Response>(() => {});
  });
  using client = await RawClient.connect(door.url);
  await client.send(get("/first") + get("/second"));
  await client.ended();
  expect([client.received, calls]).toEqual([0, 1]);
});

test("makes a unix socket with the mode the mask leaves, and fetch speaks through it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "socket-"));
  const path = join(directory, "s");
  const mask = process.umask(0o177);
  const server = Bun.serve({ unix: path, development: false, fetch: (request) => new Response(request.url) });
  process.umask(mask);
  try {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const answer = await fetch("http://localhost/path?query", { unix: path });
    expect(new URL(await answer.text()).pathname).toBe("/path");
  } finally {
    await server.stop(true);
    rmSync(directory, { recursive: true });
  }
});
