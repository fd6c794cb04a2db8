import { expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { chatBody, postChat } from "../harness/chat-text.ts";
import { chat, errorOf } from "../harness/client.ts";
import { startGateway } from "../harness/gateway.ts";
import { residentMebibytes } from "../harness/process-memory.ts";
import { RawClient, rawChat, rawExchange } from "../harness/raw-client.ts";
import { sharedGateway } from "../harness/shared-gateway.ts";
import { completion } from "../harness/upstream-script.ts";

const shared = sharedGateway(completion());
const { upstream } = shared;

const megabyte = 1024 * 1024;
const body = JSON.stringify(chatBody());

/** The answer to a request line with these headers, `Host` not added. */
const ask = (line: string, ...headers: readonly string[]) =>
  rawExchange(shared.gateway.url, `${line} HTTP/1.1\r\n${headers.map((header) => `${header}\r\n`).join("")}\r\n`);
const host = (): string => `host: ${new URL(shared.gateway.url).host}`;

/** Requests that were answered with 413 so far. */
const tooLarge = async (): Promise<number> =>
  Number((await shared.gateway.metrics()).match(/http_requests_total\{[^}]*code="413"\} (\d+)/)?.[1] ?? 0);

test("F2 a declared 100 MB is refused with 413 before the body is sent, and the connection is closed", async () => {
  using client = await RawClient.connect(shared.gateway.url);
  await client.send(rawChat(shared.gateway.url, "").replace("content-length: 0", `content-length: ${100 * megabyte}`));
  const answer = await client.answer();
  expect([answer.status, answer.headers.connection]).toEqual([413, "close"]);
  expect(JSON.parse(answer.body).error.code).toBe("request_too_large");
  await client.ended();
  expect(upstream.calls).toHaveLength(0);
});

test("F3 an undeclared 100 MB is cut off soon after the limit of 32 MiB", async () => {
  using client = await RawClient.connect(shared.gateway.url);
  await client.send(rawChat(shared.gateway.url, "").replace("content-length: 0", "transfer-encoding: chunked"));
  const piece = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(megabyte, 32), Buffer.from("\r\n")]);
  const before = residentMebibytes(shared.gateway.pid);
  const refusedBefore = await tooLarge();
  let sent = 0;
  while (sent < 100 && client.received === 0 && (await client.send(piece))) sent += 1;
  expect(sent).toBeGreaterThanOrEqual(32);
  expect(sent).toBeLessThan(64);
  await client.ended();
  // A close with bytes still unread is a reset (RFC 9293, 3.10.4), which may overtake the answer on its way.
  if (client.received > 0) expect((await client.answer()).status).toBe(413);
  expect(residentMebibytes(shared.gateway.pid) - before).toBeLessThan(128);
  expect(await tooLarge()).toBe(refusedBefore + 1);
  expect(upstream.calls).toHaveLength(0);
});

test("F11 a body that drips is 408 when body_timeout is over, and the connection is closed", async () => {
  await using hasty = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nbody_timeout = 0.3" });
  using client = await RawClient.connect(hasty.url);
  const request = rawChat(hasty.url, body);
  await client.send(request.slice(0, -20));
  for (let index = 20; index > 1 && client.received === 0; index -= 1) {
    await client.send(request.slice(-index, 1 - index));
    await Bun.sleep(50);
  }
  const answer = await client.answer();
  expect([answer.status, answer.headers.connection, JSON.parse(answer.body).error.code]).toEqual([
    408,
    "close",
    "body_timeout",
  ]);
  await client.ended();
  expect([upstream.calls.length, (await hasty.logs()).length]).toEqual([0, 0]);
});

test("F15 with keys a page from elsewhere still cannot use our own API, whatever key it has", async () => {
  await using locked = await startGateway({ upstreams: { up: upstream }, keys: true });
  const headers = { "x-api-key": await locked.createKey(), origin: "https://evil.example" };
  const own = await fetch(`${locked.url}/api/v1/status`, { headers });
  expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([403, null]);
  expect(await own.json()).toMatchObject({ status: 403, code: "foreign_origin" });
});

test("F13 a header of 20 KB, 300 headers and an URL of 20 KB are refused, never served", async () => {
  const large = await ask("GET /v1/models", host(), `x-large: ${"x".repeat(20_000)}`);
  const many = await ask("GET /v1/models", host(), ...Array.from({ length: 300 }, (_, index) => `x-${index}: 1`));
  const long = await ask(`GET /v1/models?${"x".repeat(20_000)}`, host());
  expect([large.status, many.status]).toEqual([431, 431]);
  expect([414, 431]).toContain(long.status);
});

test("F15 no Host, two Hosts and what is no host are refused with 400", async () => {
  for (const hosts of [[], [host(), "host: evil.example"], [host(), host()], ["host: a b"], ["host: user@localhost"]]) {
    const answer = await ask("GET /v1/models", ...hosts);
    expect([hosts, answer.status]).toEqual([hosts, 400]);
  }
});

test("F15 without keys a foreign Host or Origin is refused, whatever the request", async () => {
  for (const foreign of [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:80",
    "[::2]",
    "2130706433",
  ]) {
    expect((await ask("GET /v1/models", `host: ${foreign}`)).status).toBe(403);
  }
  for (const origin of ["https://evil.example", "null", "http://localhost.evil.example", "http://a@localhost"]) {
    const response = await postChat(shared.gateway, body, { headers: { origin } });
    expect([origin, response.status, (await errorOf(response)).code]).toEqual([origin, 403, "foreign_origin"]);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  }
  expect((await postChat(shared.gateway, body, { headers: { origin: "http://localhost:3000" } })).status).toBe(200);
  expect(upstream.calls).toHaveLength(1);
});

test("F15 an absolute target does not get a foreign Host in", async () => {
  const answer = await ask(`GET ${shared.gateway.url}/v1/models`, "host: evil.example");
  expect([400, 403, 404]).toContain(answer.status);
  expect(answer.body).not.toContain("test-model");
});

test("F16 TRACE, CONNECT and methods a path does not take are 405 with Allow, and nothing is reflected", async () => {
  for (const line of ["TRACE /v1/chat/completions", "PUT /v1/chat/completions", "OPTIONS /v1/chat/completions"]) {
    const answer = await ask(line, host(), "x-canary: reflected", "origin: http://localhost");
    expect([line, answer.status, answer.headers.allow]).toEqual([line, 405, "POST"]);
    expect(`${JSON.stringify(answer.headers)}${answer.body}`).not.toContain("reflected");
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  }
  const connect = await ask("CONNECT evil.example:443", "host: evil.example:443");
  expect(connect.status).toBeGreaterThanOrEqual(400);
  expect(upstream.calls).toHaveLength(0);
});

test.each([
  "text/plain",
  "multipart/form-data; boundary=x",
  "application/json; charset=utf-16",
  "application/x-www-form-urlencoded",
])("F17 a body of %s is 415", async (type) => {
  const response = await postChat(shared.gateway, body, { headers: { "content-type": type } });
  expect([response.status, (await errorOf(response)).code]).toEqual([415, "unsupported_media_type"]);
  expect(upstream.calls).toHaveLength(0);
});

test("F18 a gzip body is unpacked, a bomb is 413 and a bad one 400 without taking memory, other codings are 415", async () => {
  const post = async (bytes: Uint8Array, coding: string): Promise<number> => {
    const response = await postChat(shared.gateway, new Uint8Array(bytes), { headers: { "content-encoding": coding } });
    await response.text();
    return response.status;
  };
  const bomb = gzipSync(Buffer.alloc(200 * megabyte, 32));
  const before = residentMebibytes(shared.gateway.pid);
  expect(await post(bomb, "gzip")).toBe(413);
  expect(residentMebibytes(shared.gateway.pid) - before).toBeLessThan(150);
  expect(await post(Buffer.from("no gzip"), "gzip")).toBe(400);
  for (const coding of ["gzip, gzip", "br", "deflate"]) expect(await post(gzipSync(body), coding)).toBe(415);
  expect(upstream.calls).toHaveLength(0);
  expect(await post(gzipSync(body), "gzip")).toBe(200);
  expect(upstream.calls.map((call) => call.json())).toMatchObject([JSON.parse(body)]);
});

test("F19 tricks with the path are 404: no route is reached under another name", async () => {
  const tricks = [
    "//v1/models",
    "/V1/models",
    "/v1/models;x",
    "/v1/models%00",
    "/v1%2fmodels",
    "/v1//models",
    "/v1/models/.",
  ];
  for (const path of [...tricks, "/%2e%2e/v1/chat%2fcompletions", "/v1/chat/completions/"]) {
    const answer = await ask(`GET ${path}`, host());
    expect([path, answer.status === 404 || answer.status === 400]).toEqual([path, true]);
    expect(answer.body).not.toContain('"object":"list"');
  }
});

test("F19 dot segments do not lead around the keys", async () => {
  await using locked = await startGateway({ keys: true });
  const own = `host: ${new URL(locked.url).host}`;
  for (const path of [
    "/livez/../v1/models",
    "/livez/%2e%2e/v1/models",
    "/livez/../api/v1/users",
    "/livez/..%2f..%2fmetrics",
  ]) {
    const answer = await rawExchange(locked.url, `GET ${path} HTTP/1.1\r\n${own}\r\n\r\n`);
    expect([path, [401, 404].includes(answer.status)]).toEqual([path, true]);
  }
});

test("F20 no model name breaks out of a header, a log line or a metric", async () => {
  const names = [
    "m\r\nx-injected: 1",
    "m\nset-cookie: a=b",
    "x".repeat(2_000),
    "模型-ß-\u{1F600}",
    "\u0085\u2028m",
    '"}\n{"level":"forged',
  ];
  for (const model of names) {
    const response = await chat(shared.gateway, { model });
    expect(response.status).toBe(200);
    await response.text();
    expect([response.headers.get("x-injected"), response.headers.get("set-cookie")]).toEqual([null, null]);
    expect(response.headers.get("x-tokligence-model")).toMatch(/^[!-~]{1,256}$/);
    expect(upstream.calls.at(-1)?.json().model).toBe(model);
  }
  for (const line of shared.gateway.output().split("\n"))
    if (line.startsWith("{")) expect(() => JSON.parse(line)).not.toThrow();
  expect(shared.gateway.output()).not.toContain('"level":"forged');
  const metrics = await shared.gateway.metrics();
  for (const text of ["injected", "xxxx", "模型"]) expect(metrics).not.toContain(text);
  expect(metrics).toContain('deployment="up/other"');
  const asked = (await shared.gateway.logs()).map((row) => row.requested_model);
  for (const name of names) expect(asked).toContain(name);
});

test("F20 a model name without end is no model, and comes back in no length", async () => {
  const refused = await chat(shared.gateway, { model: "y".repeat(10_000) });
  const text = await refused.text();
  expect([refused.status, text.includes("y".repeat(500))]).toEqual([404, false]);
});

test("F20 header values of the caller never come back or go on unasked", async () => {
  const odd = { "x-request-id": "canary-id", "x-forwarded-host": "canary.example", "x-tokligence-canary": "canary" };
  const response = await chat(shared.gateway, { metadata: { a: "b\r\nc: d" } }, { headers: odd });
  expect(JSON.stringify([...response.headers])).not.toContain("canary");
  expect(JSON.stringify(upstream.calls[0]?.headers)).not.toContain("canary");
});
