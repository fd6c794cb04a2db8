import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import { type Connection, type Listener, listen, type RequestHandler } from "#platform/listener.ts";
import { readTlsPair } from "#platform/tls-pair.ts";

const open: Listener[] = [];
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.abort();
});

function listening(app: RequestHandler, more: Partial<Parameters<typeof listen>[0]> = {}): Listener {
  const listener = listen({ host: "127.0.0.1", port: 0, app, maxBodyBytes: 1024, ...more });
  open.push(listener);
  return listener;
}

function refusal(run: () => unknown): GatewayError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}

test("the handler gets the request with the peer's address and no root rights", async () => {
  const seen: Connection[] = [];
  const listener = listening({
    fetch(request, connection) {
      seen.push({ address: connection.address, root: connection.root, keepOpen: () => undefined });
      connection.keepOpen();
      return new Response(new URL(request.url).pathname);
    },
  });
  expect(await (await fetch(`${listener.url}/livez`)).text()).toBe("/livez");
  expect(seen).toMatchObject([{ address: "127.0.0.1", root: false }]);
});

test("a handler that throws is a plain JSON 500 that tells nothing", async () => {
  const listener = listening({
    fetch() {
      throw new Error("canary-in-message");
    },
  });
  const response = await fetch(listener.url);
  expect(response.status).toBe(500);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const text = await response.text();
  expect(JSON.parse(text).code).toBe("internal");
  expect(text).not.toContain("canary");
});

test("a taken port is one line and exit 69, a foreign address or a broken pair exit 78 (F76)", () => {
  const app = { fetch: () => new Response("") };
  const { port } = listening(app);
  const taken = refusal(() => listen({ host: "127.0.0.1", port, app, maxBodyBytes: 1 }));
  expect([taken.code, taken.exitCode]).toEqual(["unavailable", 69]);
  expect(taken.message).toContain(String(port));
  const foreign = refusal(() => listen({ host: "203.0.113.7", port: 0, app, maxBodyBytes: 1 }));
  expect(foreign.exitCode).toBe(78);
  const broken = refusal(() =>
    listen({ host: "127.0.0.1", port: 0, app, maxBodyBytes: 1, tls: { cert: "x", key: "y" } }),
  );
  expect(broken.exitCode).toBe(78);
  const unknown = refusal(() => listen({ host: "no such host", port: 0, app, maxBodyBytes: 1 }));
  expect(unknown.exitCode).toBe(78);
  expect(unknown.message).toBe("no such host (gateway.host) is no name that this machine knows.");
  for (const { message } of [taken, foreign, broken]) expect(message).not.toContain("\n");
});

test("with a pair it speaks TLS", async () => {
  const pairs = join(import.meta.dir, "../../test/harness/tls");
  const pair = readTlsPair({ certPath: join(pairs, "self-signed.pem"), keyPath: join(pairs, "self-signed.key.pem") });
  const listener = listening({ fetch: () => new Response("private") }, { tls: pair });
  expect(listener.url).toStartWith("https://127.0.0.1:");
  expect(await (await fetch(listener.url, { tls: { ca: pair.cert } })).text()).toBe("private");
});

test("stopping lets a running request finish and takes no new one", async () => {
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const listener = listening({
    async fetch() {
      arrive();
      await release;
      return new Response("finished");
    },
  });
  const answer = fetch(listener.url).then((response) => response.text());
  await arrived;
  const stopped = listener.stop();
  expect(
    await fetch(listener.url).then(
      () => "served",
      () => "refused",
    ),
  ).toBe("refused");
  resolve();
  expect(await answer).toBe("finished");
  await stopped;
});

test("aborting ends a running request at once", async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<AbortSignal>();
  const listener = listening({
    async fetch(request) {
      arrive(request.signal);
      await new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
      return new Response("too late");
    },
  });
  const answer = fetch(listener.url).then(
    () => "answered",
    () => "cut",
  );
  await arrived;
  await listener.abort();
  expect(await answer).toBe("cut");
});
