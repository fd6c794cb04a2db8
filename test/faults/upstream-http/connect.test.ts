import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { answer, rawServer } from "../../harness/raw-server.ts";
import { freePort } from "../../harness/free-port.ts";
import { silentPort } from "../../harness/silent-port.ts";
import { failureOf, post, readText } from "../../harness/upstream-calls.ts";

const client = new UpstreamClient(systemClock);
beforeEach(() => client.start());
afterEach(() => client.stop());

describe("F30: no connection", () => {
  test("a refused one is upstream_unavailable; its message names provider and phase, only its cause host and port", async () => {
    const port = freePort();
    const error = await failureOf(client.send(post(`http://127.0.0.1:${port}/`)));
    expect(error.code).toBe("upstream_unavailable");
    expect(error.message).toBe("Provider acme, connect: connection failed (ECONNREFUSED).");
    expect(error.details).toEqual({ phase: "connect" });
    expect(String(error.cause)).toContain(`127.0.0.1:${port}`);
    expect(client.openConnections).toBe(0);
  });

  test("an unknown host is upstream_unavailable", async () => {
    const error = await failureOf(client.send(post("http://no-such-host.invalid/")));
    expect(error.code).toBe("upstream_unavailable");
    expect(error.message).toContain("Provider acme, connect");
    expect(String(error.cause)).toContain("no-such-host.invalid:80");
  });

  test("an impossible address is an error of the same kind, not a crash", async () => {
    const error = await failureOf(client.send(post("http://127.0.0.1:0/")));
    expect(error.code).toBe("upstream_unavailable");
  });

  test("a SYN that nobody answers ends with the connect clock", async () => {
    await using silent = await silentPort();
    const startedAt = performance.now();
    const call = client.send(post(`http://127.0.0.1:${silent.port}/`, { limits: { connectTimeoutMs: 200 } }));
    const error = await failureOf(call);
    expect(error.code).toBe("upstream_timeout");
    expect(error.message).toContain("connect: nothing for 200 ms");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(client.openConnections).toBe(0);
  });

  test("a caller who leaves while it is being made is answered at once", async () => {
    await using silent = await silentPort();
    const controller = new AbortController();
    const call = client.send(post(`http://127.0.0.1:${silent.port}/`, { signal: controller.signal }));
    controller.abort(new Error("gone"));
    await expect(call).rejects.toThrow("gone");
    expect(client.openConnections).toBe(0);
  });

  test("an IPv4 and a named loopback address both reach the server", async () => {
    await using server = await rawServer(async (peer) => {
      await peer.request();
      await peer.send(answer("hi"));
    });
    for (const host of ["127.0.0.1", "localhost"]) {
      expect(await readText(await client.send(post(`http://${host}:${server.port}/`)))).toBe("hi");
    }
  });
});
