import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { answer, rawServer, type Script } from "../../harness/raw-server.ts";
import { type CertificateName, certificate, testAuthority } from "../../harness/tls/certificates.ts";
import { failureOf, post, readText } from "../../harness/upstream-calls.ts";

const client = new UpstreamClient(systemClock, { tls: { ca: testAuthority() } });
beforeEach(() => client.start());
afterEach(() => client.stop());

const sayHi: Script = async (peer) => {
  for (;;) {
    await peer.request();
    await peer.send(answer("hi"));
  }
};

describe("TLS", () => {
  test("with a trusted certificate carries calls on one connection", async () => {
    await using server = await rawServer(sayHi, certificate("trusted"));
    for (let count = 0; count < 3; count++) {
      expect(await readText(await client.send(post(`${server.url}/`)))).toBe("hi");
    }
    expect(server.accepted).toBe(1);
  });

  test("carries a large body both ways", async () => {
    const body = new Uint8Array(2 * 1024 * 1024).fill(0x61);
    await using server = await rawServer(async (peer) => {
      const request = await peer.request();
      await peer.send(answer(Buffer.from(request.body).toString("latin1")));
    }, certificate("trusted"));
    const response = await client.send(post(`${server.url}/`, { body }));
    expect((await readText(response)).length).toBe(body.length);
  });

  test("trusts its own authority beside Mozilla's only when told to", async () => {
    await using server = await rawServer(sayHi, certificate("trusted"));
    const stranger = new UpstreamClient(systemClock);
    const error = await failureOf(stranger.send(post(`${server.url}/`)));
    expect(error.code).toBe("upstream_tls");
  });

  test.each<[CertificateName, string]>([
    ["self-signed", "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["expired", "CERT_HAS_EXPIRED"],
    ["wrong-name", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("F31: a certificate that is %s is upstream_tls, and no byte of the request is sent", async (name, reason) => {
    await using server = await rawServer(sayHi, certificate(name));
    const error = await failureOf(client.send(post(`${server.url}/`)));
    expect(error.code).toBe("upstream_tls");
    expect(error.message).toBe(`Provider acme, connect: TLS handshake refused (${reason}).`);
    expect(server.requests).toHaveLength(0);
    expect(client.openConnections).toBe(0);
  });

  test("F31: an old protocol version is refused", async () => {
    await using server = await rawServer(sayHi, { ...certificate("trusted"), maxVersion: "TLSv1.1" });
    const error = await failureOf(client.send(post(`${server.url}/`)));
    expect(error.code).toBe("upstream_tls");
    expect(server.requests).toHaveLength(0);
  });

  test("towards a server that speaks plain HTTP is upstream_tls", async () => {
    await using server = await rawServer((peer) => peer.send(answer("hi")));
    const error = await failureOf(client.send(post(`https://127.0.0.1:${server.port}/`)));
    expect(error.code).toBe("upstream_tls");
  });

  test("towards a server that never answers the handshake ends with the connect clock", async () => {
    await using server = await rawServer(() => {});
    const call = client.send(post(`https://127.0.0.1:${server.port}/`, { limits: { connectTimeoutMs: 100 } }));
    const error = await failureOf(call);
    expect(error.code).toBe("upstream_timeout");
    expect(error.message).toContain("connect: nothing for 100 ms");
  });

  test("towards a server that hangs up during the handshake is upstream_unavailable", async () => {
    await using server = await rawServer((peer) => peer.end());
    const error = await failureOf(client.send(post(`https://127.0.0.1:${server.port}/`)));
    expect(error.code).toBe("upstream_unavailable");
  });

  test("cut within a body is upstream_truncated", async () => {
    await using server = await rawServer(async (peer) => {
      await peer.request();
      await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
      peer.end();
    }, certificate("trusted"));
    const response = await client.send(post(`${server.url}/`));
    expect((await failureOf(readText(response))).code).toBe("upstream_truncated");
  });
});
