import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { systemClock } from "#platform/effects.ts";
import { UpstreamClient } from "#platform/upstream/upstream-client.ts";
import { eventually } from "../../harness/eventually.ts";
import { answer, type RawServer, rawServer } from "../../harness/raw-server.ts";
import { failureOf, post, readText } from "../../harness/upstream-calls.ts";

const client = new UpstreamClient(systemClock);
beforeEach(() => client.start());
afterEach(() => client.stop());

const megabyte = "x".repeat(1024 * 1024);

function saying(bytes: string | Uint8Array): Promise<RawServer> {
  return rawServer(async (peer) => {
    await peer.request();
    await peer.send(bytes);
  });
}

describe("bodies", () => {
  test("F42: longer than allowed are upstream_too_large, however framed", async () => {
    for (const framing of ["content-length: 1048576\r\n\r\n", "transfer-encoding: chunked\r\n\r\n100000\r\n", "\r\n"]) {
      await using server = await saying(`HTTP/1.1 200 OK\r\n${framing}${megabyte}`);
      const call = client.send(post(server.url, { limits: { maxBodyBytes: 1_000_000 } })).then(readText);
      expect((await failureOf(call)).code).toBe("upstream_too_large");
      expect(client.openConnections).toBe(0);
    }
  });

  test("exactly as long as allowed are whole", async () => {
    await using server = await saying(answer(megabyte));
    const limits = { maxBodyBytes: megabyte.length };
    expect((await readText(await client.send(post(server.url, { limits })))).length).toBe(megabyte.length);
  });

  test("F41: a small body that decodes to a huge one is cut at the cap", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`;
    await using server = await saying(Buffer.concat([Buffer.from(head), bomb]));
    const response = await client.send(post(server.url, { limits: { maxBodyBytes: 1_000_000 } }));
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of response.body) seen += chunk.length;
    })();
    expect((await failureOf(reading)).code).toBe("upstream_too_large");
    expect(seen).toBeLessThanOrEqual(1_000_000);
  });

  test("F40: an endless one without a newline waits in the peer's hands, not in our memory", async () => {
    let sentMegabytes = 0;
    await using server = await rawServer(async (peer) => {
      await peer.request();
      await peer.send("HTTP/1.1 200 OK\r\n\r\n");
      for (; sentMegabytes < 256; sentMegabytes++) await peer.send(megabyte);
    });
    const { body } = await client.send(post(server.url));
    await body.next();
    await eventually("the sender came to rest", async () => {
      const before = sentMegabytes;
      await Bun.sleep(50);
      return before === sentMegabytes;
    });
    expect(sentMegabytes).toBeLessThan(32);
    await body.return();
    expect(client.openConnections).toBe(0);
  });

  test("T-07: a line of many megabytes is just bytes", async () => {
    const line = `data: ${megabyte.repeat(8)}\n\n`;
    await using server = await saying(answer(line, "content-type: text/event-stream\r\n"));
    expect(await readText(await client.send(post(server.url)))).toBe(line);
  });
});

describe("F43: heads", () => {
  test.each([
    ["of more than 64 KB", `a: ${"x".repeat(70_000)}\r\n`],
    ["of 500 lines", "a: 1\r\n".repeat(500)],
    ["with a bare LF that would start a line of its own", "a: 1\nset-cookie: x\r\n"],
    ["with NUL", "a: \0\r\n"],
    ["that fold a line", "a: 1\r\n b\r\n"],
    ["with both framings", "content-length: 2\r\ntransfer-encoding: chunked\r\n"],
    ["with two lengths", "content-length: 2\r\ncontent-length: 3\r\n"],
  ])("%s are upstream_bad_response, and the connection is closed", async (_what, lines) => {
    await using server = await saying(`HTTP/1.1 200 OK\r\n${lines}\r\n`);
    const error = await failureOf(client.send(post(server.url)));
    expect(error.code).toBe("upstream_bad_response");
    expect(error.message).not.toMatch(/set-cookie|xxx/);
    expect(client.openConnections).toBe(0);
  });

  test("that never end are refused at 64 KB rather than gathered", async () => {
    await using server = await rawServer(async (peer) => {
      await peer.request();
      await peer.send("HTTP/1.1 200 OK\r\n");
      for (let count = 0; count < 100_000; count++) await peer.send(`a${count}: 1\r\n`);
    });
    expect((await failureOf(client.send(post(server.url)))).code).toBe("upstream_bad_response");
  });

  test.each(["SSH-2.0-OpenSSH\r\n", "\x15\x03\x01\0\x02\x02", "HTTP/2 200\r\n\r\n"])(
    "of another protocol (%p) are refused at once, not waited for",
    async (greeting) => {
      await using server = await saying(greeting);
      const error = await failureOf(client.send(post(server.url)));
      expect(error.code).toBe("upstream_bad_response");
    },
  );

  test("before the real one are read past, a hundred are not", async () => {
    const hint = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
    await using few = await saying(`HTTP/1.1 100 Continue\r\n\r\n${hint}${answer("hi")}`);
    const response = await client.send(post(few.url));
    expect(response.status).toBe(200);
    expect(response.header("link")).toBeUndefined();
    expect(await readText(response)).toBe("hi");
    await using many = await saying(hint.repeat(100));
    expect((await failureOf(client.send(post(many.url)))).code).toBe("upstream_bad_response");
    await using upgrade = await saying("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    expect((await failureOf(client.send(post(upgrade.url)))).code).toBe("upstream_bad_response");
  });
});

describe("F44: a redirect", () => {
  test.each([301, 302, 303, 307, 308])("%d is an answer, not a second request", async (status) => {
    await using elsewhere = await rawServer(() => {});
    await using server = await saying(
      `HTTP/1.1 ${status} Moved\r\nlocation: ${elsewhere.url}/\r\ncontent-length: 0\r\n\r\n`,
    );
    const response = await client.send(post(server.url, { headers: { "x-api-key": "k" } }));
    expect(response.status).toBe(status);
    expect(response.header("location")).toBe(`${elsewhere.url}/`);
    expect(await readText(response)).toBe("");
    expect(elsewhere.accepted).toBe(0);
    expect(server.requests).toHaveLength(1);
  });
});
