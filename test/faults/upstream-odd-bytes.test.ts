import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { brotliCompressSync, createGzip, gzipSync } from "node:zlib";
import fc from "fast-check";
import { dataLines, saidText } from "../harness/chat-text.ts";
import { chat } from "../harness/client.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { residentMebibytes } from "../harness/process-memory.ts";
import { type Peer, rawServer, type RawServer } from "../harness/raw-server.ts";
import { chunk, completion } from "../harness/upstream-script.ts";

let answer: (peer: Peer) => Promise<void>;
let server: RawServer;
let gateway: GatewayUnderTest;

beforeAll(async () => {
  server = await rawServer(async (peer) => {
    await peer.request();
    await answer(peer);
    peer.end();
  });
  gateway = await startGateway({
    upstreams: { up: { url: `${server.url}/v1` } },
    ini: "[gateway]\nmax_retries = 0",
  });
});
beforeEach(() => {
  answer = async () => {};
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const mebibyte = 1024 * 1024;
const streamHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
const wholeText = JSON.stringify(completion().body);
const utf8 = (text: string): Buffer => Buffer.from(text);

/** Serves a whole answer with these header lines and body. */
const whole = (lines: string, body: Uint8Array | string) => async (peer: Peer) => {
  const bytes = typeof body === "string" ? utf8(body) : body;
  await peer.send(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n${lines}\r\n`,
  );
  await peer.send(bytes);
};

const plain = [
  ...["Grüße ", "\u{1F600}", " 世界"].map((content) => JSON.stringify(chunk({ content }))),
  JSON.stringify(chunk({}, "stop")),
  "[DONE]",
];

/** The same events in one of the ways that the standard allows. */
function written(events: readonly string[], lineEnd: string, odd: boolean): Buffer {
  const frames = events.map(
    (data) => `${odd ? `: comment${lineEnd}id: 7${lineEnd}` : ""}data: ${data}${lineEnd}${lineEnd}`,
  );
  return utf8(`${odd ? "\uFEFF" : ""}${frames.join("")}`);
}

async function streamed(bytes: Uint8Array, cuts: readonly number[]): Promise<string> {
  answer = async (peer) => {
    await peer.send(streamHead);
    let start = 0;
    for (const cut of [...cuts, bytes.length]) {
      await peer.send(bytes.subarray(start, cut));
      await new Promise(setImmediate);
      start = cut;
    }
  };
  const response = await chat(gateway, { stream: true });
  expect(response.status).toBe(200);
  return await response.text();
}

function expectWhole(text: string): void {
  expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  const content = text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)).choices[0].delta.content ?? "");
  expect(content.join("")).toBe("Grüße \u{1F600} 世界");
}

test("F39 a stream in one-byte pieces says the same, whatever its line ends, comments and marks", async () => {
  for (const [lineEnd, odd] of [
    ["\n", false],
    ["\r\n", true],
    ["\r", true],
  ] as const) {
    const bytes = written(plain, lineEnd, odd);
    expectWhole(await streamed(bytes, [...bytes.keys()].slice(1)));
  }
});

test("F39 a stream cut anywhere, two-byte characters included, says the same", async () => {
  const bytes = written(plain, "\r\n", true);
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      expectWhole(
        await streamed(
          bytes,
          places.toSorted((a, b) => a - b),
        ),
      );
    }),
    { numRuns: 40 },
  );
});

test("T-07 a line of two megabytes passes whole", async () => {
  const long = "y".repeat(2 * mebibyte);
  const text = await streamed(written([JSON.stringify(chunk({ content: long })), ...plain.slice(-2)], "\n", false), []);
  expect(saidText(text)).toBe(long);
  expect(dataLines(text).at(-1)).toBe("[DONE]");
});

test("F40 a line without end is cut off at eight megabytes: an error, and bounded memory", async () => {
  for (const start of ["data: ", `data: ${JSON.stringify(chunk({ content: "Hello" }))}\n\ndata: `]) {
    let sent = 0;
    const piece = Buffer.alloc(mebibyte, "z");
    answer = async (peer) => {
      await peer.send(streamHead + start);
      for (; sent < 64; sent += 1) await peer.send(piece);
    };
    const before = residentMebibytes(gateway.pid);
    const response = await chat(gateway, { stream: true });
    const text = await response.text();
    expect(response.status).toBe(start === "data: " ? 502 : 200);
    expect(text).toContain("upstream_too_large");
    expect(text).not.toContain("[DONE]");
    expect(text).not.toContain("zzz");
    expect(sent).toBeLessThan(40);
    expect(residentMebibytes(gateway.pid) - before).toBeLessThan(160);
  }
});

test("F41 a gzip bomb ends at the limit of an answer, with bounded memory", async () => {
  const piece = Buffer.alloc(mebibyte, 32);
  const unpacked = Readable.from(Array.from({ length: 512 }, () => piece));
  const bomb = Buffer.concat(await unpacked.pipe(createGzip()).toArray());
  answer = whole("content-encoding: gzip\r\n", bomb);
  const before = residentMebibytes(gateway.pid);
  const response = await chat(gateway);
  const text = await response.text();
  expect(response.status).toBe(502);
  expect(JSON.parse(text).error.code).toBe("upstream_too_large");
  expect(residentMebibytes(gateway.pid) - before).toBeLessThan(256);
});

test("F41 T-08 corrupt and truncated gzip is 502; good gzip is unpacked, though it was not asked for", async () => {
  const good = gzipSync(wholeText);
  const corrupt = Buffer.from(good);
  corrupt.fill(0xaa, 12, 40);
  for (const bytes of [corrupt, good.subarray(0, good.length - 12), utf8("no gzip at all")]) {
    answer = whole("content-encoding: gzip\r\n", bytes);
    const response = await chat(gateway);
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain("Hello there!");
  }
  answer = whole("content-encoding: gzip\r\n", good);
  const response = await chat(gateway);
  expect([response.headers.get("content-encoding"), await response.text()]).toEqual([null, wholeText]);
});

test("F41 a coding nobody asked for is unpacked or refused, never passed on as if it were text", async () => {
  for (const [coding, bytes] of [
    ["br", brotliCompressSync(wholeText)],
    ["x-unknown", utf8(wholeText)],
  ] as const) {
    answer = whole(`content-encoding: ${coding}\r\n`, bytes);
    const response = await chat(gateway);
    const text = await response.text();
    expect([200, 502]).toContain(response.status);
    expect(text === wholeText).toBe(response.status === 200);
  }
  expect(server.requests.every((request) => request.headers["accept-encoding"] !== undefined)).toBe(true);
});

test("T-08 a compressed stream that is cut ends in an error event", async () => {
  const bytes = gzipSync(written(plain, "\n", false));
  answer = async (peer) => {
    await peer.send(streamHead.replace("\r\n\r\n", "\r\ncontent-encoding: gzip\r\n\r\n"));
    await peer.send(bytes.subarray(0, bytes.length - 10));
  };
  const response = await chat(gateway, { stream: true });
  const text = await response.text();
  expect(text).toContain('"error"');
  expect(response.status === 502 || !text.endsWith("[DONE]\n\n")).toBe(true);
});

test("F42 an unstreamed answer of 100 MB is 502 at the limit of 64 MiB, declared or not", async () => {
  for (const line of [`content-length: ${100 * mebibyte}`, "connection: close"]) {
    let sent = 0;
    answer = async (peer) => {
      await peer.send(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${line}\r\n\r\n{"a":"`);
      for (const piece = Buffer.alloc(mebibyte, "z"); sent < 100; sent += 1) await peer.send(piece);
    };
    const response = await chat(gateway);
    expect([response.status, JSON.parse(await response.text()).error.code]).toEqual([502, "upstream_too_large"]);
    expect(sent).toBeLessThan(100);
  }
});

test("F41 F42 a refusal with a bomb or 100 MB behind it is judged by its status, and little of it is read", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * mebibyte, 32));
  let sent = 0;
  const scripts: readonly (typeof answer)[] = [
    whole("content-encoding: gzip\r\n", bomb),
    async (peer) => {
      await peer.send(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${100 * mebibyte}\r\n\r\n`);
      for (const piece = Buffer.alloc(mebibyte, "z"); sent < 100; sent += 1) await peer.send(piece);
    },
  ];
  for (const script of scripts) {
    answer = (peer) => script({ ...peer, send: (bytes) => peer.send(refused(bytes)) });
    const response = await chat(gateway);
    expect([response.status, JSON.parse(await response.text()).error.code]).toEqual([503, "upstream_overloaded"]);
  }
  expect(sent).toBeLessThan(50);
});

/** The head of a 200 as that of a 503. */
function refused(bytes: string | Uint8Array): string | Uint8Array {
  return typeof bytes === "string" ? bytes.replace("200 OK", "503 Busy") : bytes;
}

test("F43 no header of the provider reaches the caller: cookies, hop-by-hop names, CR and LF", async () => {
  const lines = [
    "set-cookie: canary=1",
    "connection: x-canary, close",
    "x-canary: 1",
    "server: canary",
    "keep-alive: canary=5",
  ];
  answer = whole(`${lines.join("\r\n")}\r\n`, wholeText);
  const response = await chat(gateway);
  expect([response.status, await response.text()]).toEqual([200, wholeText]);
  expect(JSON.stringify([...response.headers])).not.toContain("canary");
});

test.each([
  ["64 KB in one header", `x-large: ${"x".repeat(65_536)}\r\n`],
  ["500 headers", Array.from({ length: 500 }, (_, index) => `x-${index}: 1\r\n`).join("")],
  ["a bare line break in a header", "x-broken: a\nx-injected: b\r\n"],
])("F43 an answer with %s is 502 or stripped, and none of it reaches the caller", async (_, lines) => {
  answer = whole(lines, wholeText);
  const response = await chat(gateway);
  expect([200, 502]).toContain(response.status);
  expect([...response.headers.keys()].filter((name) => /^x-(large|broken|injected|\d)/.test(name))).toEqual([]);
});
