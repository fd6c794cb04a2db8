import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { bytes } from "#http/plain-codec.ts";
import { FakeConnection, replyOf, testDoors } from "#http/test-doors.ts";

const withKey = { headers: { authorization: "Bearer good" } };

test("a path that no route has is 404 in the envelope of its prefix", async () => {
  const doors = testDoors();
  const model = await doors.send("/v1/nothing", withKey);
  expect(model.status).toBe(404);
  expect(await model.json()).toMatchObject({ error: { code: "not_found", protocol: "openai-chat" } });
  const own = await doors.send("/api/v1/nothing", withKey);
  expect(own.status).toBe(404);
  expect(own.headers.get("content-type")).toBe("application/problem+json");
  expect(await own.json()).toEqual({
    type: "urn:tokligence:error:not_found",
    title: "not found",
    status: 404,
    detail: "There is nothing at this path.",
    code: "not_found",
    request_id: "req_2",
  });
});

test.each([
  "//v1/models",
  "/v1;x",
  "/v1/models;x/",
  "/V1/models",
  "/v1/Models",
  "/v1/models/",
  "/v1/%00",
  "/v1%2fmodels",
  "/livez/",
  "/LIVEZ",
  "/api/v1//users",
  "/api/v1/users/",
  "/__proto__",
  "/v1/chat/completions%00",
])("%s reaches no handler of another path (F19)", async (path) => {
  const doors = testDoors();
  const response = await doors.send(path, withKey);
  expect(response.status).toBe(404);
  expect(doors.asked).toEqual([]);
  expect(doors.gateway.calls).toEqual([]);
});

test("dot segments lead only where the resolved path would, past the same authentication (F19)", async () => {
  const doors = testDoors();
  expect((await doors.send("/v1/%2e%2e/api/v1/users")).status).toBe(401);
  expect(doors.asked).toEqual([]);
});

test.each(["PUT", "DELETE", "GET", "OPTIONS", "PATCH", "PROPFIND", "TRACE", "CONNECT"])(
  "%s on the chat endpoint is 405 with Allow and reflects nothing (F16)",
  async (method) => {
    const response = await testDoors().send("/v1/chat/completions", { ...withKey, method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  },
);

test.each(["TRACE", "CONNECT"])("%s is 405 wherever it is sent (F16)", async (method) => {
  expect((await testDoors().send("/nowhere", { method })).status).toBe(405);
});

test("HEAD answers as GET does; its listener leaves out the body and tells how long it would be", async () => {
  const response = await testDoors().send("/livez", { method: "HEAD" });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-request-id")).toBe("req_1");
  expect(await response.text()).toBe(await (await testDoors().send("/livez")).text());
});

test("whoever shows no valid key is 401, and nothing is done", async () => {
  const doors = testDoors();
  for (const path of ["/v1/models", "/api/v1/users", "/metrics"]) expect((await doors.send(path)).status).toBe(401);
  expect(doors.asked).toEqual([]);
});

test("a key without the permission of the route is 403", async () => {
  const doors = testDoors();
  const response = await doors.send("/api/v1/users", { headers: { "x-api-key": "caller" } });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ code: "permission_denied", details: { permission: "users:read" } });
});

test("the control socket may do everything and is not asked for a key", async () => {
  const doors = testDoors({ loopbackOnly: true });
  const response = await doors.send("/api/v1/users", { headers: { host: "anything" } }, new FakeConnection("", true));
  expect(response.status).toBe(200);
  expect(doors.presented).toEqual([]);
});

test.each([undefined, "user@localhost", "a, b", "a b", "a/b", "", "localhost:8081, localhost:8081", "local?x"])(
  "Host %p is 400 (F15)",
  async (host) => {
    const doors = testDoors();
    const headers = new Headers(host === undefined ? {} : { host });
    const response = await doors.app.fetch(new Request("http://x/livez", { headers }), new FakeConnection());
    expect(response.status).toBe(400);
  },
);

test("a profile without keys serves only names of this machine (F15)", async () => {
  const doors = testDoors({ loopbackOnly: true });
  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1:8081", "127.9.9.9", "[::1]:8081"]) {
    expect((await doors.send("/livez", { headers: { host } })).status).toBe(200);
  }
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "[::2]", "128.0.0.1"]) {
    const response = await doors.send("/livez", { headers: { host } });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "foreign_origin" });
  }
});

test("a profile without keys refuses pages of other sites (F15)", async () => {
  const doors = testDoors({ loopbackOnly: true });
  const status = async (origin: string) => (await doors.send("/livez", { headers: { origin } })).status;
  expect(await status("http://localhost:3000")).toBe(200);
  for (const origin of ["https://evil.example", "null", "http://localhost@evil.example", "file://localhost", "a, b"]) {
    expect(await status(origin)).toBe(403);
  }
});

test("with keys, only the own API refuses foreign pages", async () => {
  const doors = testDoors();
  const status = async (path: string, origin: string) =>
    (await doors.send(path, { headers: { authorization: "Bearer good", origin } })).status;
  expect(await status("/api/v1/users", "https://evil.example")).toBe(403);
  expect(await status("/api/v1/users", "http://localhost:8081")).toBe(200);
  expect(await status("/v1/models", "https://evil.example")).toBe(200);
});

test("what was not expected shows the request's id alone; the log has the cause, once", async () => {
  const doors = testDoors({
    handlers: { listUsers: () => Promise.reject(new TypeError("secret detail")) } as never,
  });
  const response = await doors.send("/api/v1/users", withKey);
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(text).toContain("req_1");
  expect(text).not.toContain("secret detail");
  expect(doors.log.lines.map(({ level, event }) => `${level} ${event}`)).toEqual(["error request_failed"]);
  expect(String(doors.log.lines[0]?.fields["cause"])).toContain("secret detail");
});

test("no presented key is ever logged", async () => {
  const doors = testDoors();
  await doors.send("/v1/models?key=sk-secret-1", { headers: { authorization: "Bearer sk-secret-2" } });
  await doors.send("/v1/models?key=sk-secret-1");
  expect(JSON.stringify(doors.log.lines)).not.toContain("sk-secret");
});

test("a flood of refusals is ten lines and a number, while every one of them is answered and counted (F29)", async () => {
  const doors = testDoors();
  for (let asked = 0; asked < 50; asked += 1) expect((await doors.send("/v1/models")).status).toBe(401);
  expect(doors.log.events).toEqual(Array(10).fill("request_failed"));
  doors.app.flushLog();
  expect(doors.log.lines.at(-1)).toMatchObject({ event: "requests_refused", fields: { count: 40 } });
  expect(doors.meter.value("tokligence_http_requests_total", "/v1/models", "GET", "401")).toBe(50);
});

test("metrics name routes by template and methods from a fixed list (F105)", async () => {
  const doors = testDoors();
  await doors.send("/v1/models/gpt-x", withKey);
  await doors.send("/v1/models/unknown", withKey);
  for (let index = 0; index < 20; index += 1) await doors.send(`/x${index}`, { method: "PROPFIND" });
  expect(doors.meter.value("tokligence_http_requests_total", "/v1/models/:id", "GET", "200")).toBe(1);
  expect(doors.meter.value("tokligence_http_requests_total", "/v1/models/:id", "GET", "404")).toBe(1);
  expect(doors.meter.value("tokligence_http_requests_total", "other", "other", "404")).toBe(20);
  expect(doors.meter.observations("tokligence_http_request_duration_seconds", "other", "4xx")).toHaveLength(20);
});

test("a draining gateway refuses model calls, closes their connections, and still answers probes", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => replyOf([{ events: [], raw: bytes("{}") }], "openai-chat");
  doors.app.refuseNewWork();
  const response = await doors.chat({ model: "gpt-x" });
  expect(response.status).toBe(503);
  expect(response.headers.get("connection")).toBe("close");
  expect(await response.json()).toMatchObject({ error: { code: "draining" } });
  expect(doors.gateway.calls).toEqual([]);
  expect((await doors.send("/livez")).status).toBe(200);
});

test("a refusal with a wait says Retry-After in whole seconds", async () => {
  const doors = testDoors({
    authenticator: {
      authenticate: () => Promise.reject(new GatewayError("storage_failed", "Disk.", { retryAfterMs: 1200 })),
    },
  });
  const response = await doors.send("/api/v1/users");
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("2");
  expect(await response.json()).toMatchObject({ code: "storage_failed", retry_after_ms: 1200 });
});
