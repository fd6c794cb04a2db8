import { afterAll, expect, test } from "bun:test";
import { FakeSocket, ok, request, socketAt, world } from "../../../test/harness/fake-sockets.ts";
import { certificate, testAuthority } from "../../../test/harness/tls/certificates.ts";
import { failureOf, readText } from "../../../test/harness/upstream-calls.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { systemClock } from "#platform/effects.ts";
import type { Connection } from "#platform/upstream/connection.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";

test("F55 a settled address is dialled, and the host stays the URL's", async () => {
  const here = world();
  const response = here.client.send(request({ connectTo: "192.0.2.7" }));
  const socket = socketAt(here.sockets, 0);
  expect(socket.connection.origin).toMatchObject({ address: "192.0.2.7", hostname: "a.example", port: 80 });
  expect(socket.written).toContain("\r\nhost: a.example\r\n");
  socket.says(ok);
  expect(await readText(await response)).toBe("hi");
});

test("such a connection is neither kept nor taken from those that are", async () => {
  const here = world();
  const pooled = here.client.send(request());
  socketAt(here.sockets, 0).says(ok);
  await readText(await pooled);
  const settled = here.client.send(request({ connectTo: "192.0.2.7" }));
  socketAt(here.sockets, 1).says(ok);
  await readText(await settled);
  expect(socketAt(here.sockets, 1).closedBy).toBe("end");
  expect(here.client.idleConnections).toBe(1);
});

test("F97 a name that leads to a metadata service is refused before a byte is sent", async () => {
  for (const remoteAddress of ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"]) {
    const sockets: FakeSocket[] = [];
    const client = new UpstreamClient(new VirtualClock(), {
      soon: (task) => task(),
      dial(connection: Connection) {
        const socket = Object.assign(new FakeSocket(connection), { remoteAddress });
        sockets.push(socket);
        connection.opened(socket);
      },
    });
    expect(await failureOf(client.send(request()))).toMatchObject({ code: "upstream_unavailable" });
    expect(sockets.map(({ written, closedBy }) => [written, closedBy])).toEqual([["", "terminate"]]);
  }
});

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  tls: certificate("trusted"),
  fetch: (incoming) => new Response(incoming.headers.get("host")),
});
afterAll(() => server.stop(true));

test("a certificate is judged by the URL's name, not by the address", async () => {
  const client = new UpstreamClient(systemClock, { tls: { ca: testAuthority() } });
  const limits = { connectTimeoutMs: 5000, headTimeoutMs: 5000, idleTimeoutMs: 5000, maxBodyBytes: 1000 };
  const to = (host: string) =>
    client.send(request({ url: `https://${host}:${server.port}/`, connectTo: "127.0.0.1", limits }));
  expect(await readText(await to("localhost"))).toBe(`localhost:${server.port}`);
  expect(await failureOf(to("other.example"))).toMatchObject({ code: "upstream_tls" });
  await client.stop();
});
