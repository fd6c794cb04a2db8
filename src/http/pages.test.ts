import { expect, test } from "bun:test";
import type { SessionId } from "#core/effects/ids.ts";
import { allPermissions } from "#core/identity/permission.ts";
import { localTenant, type Principal } from "#core/identity/principal.ts";
import type { HttpParts } from "#http/http-parts.ts";
import { testDoors } from "#http/test-doors.ts";

const consoleOrigin = "https://console.example.com";
const own = "http://localhost:8081";
const token = "a".repeat(64);
const csrfToken = "b".repeat(64);
const cookie = `other=1; tokligence_session=${token}`;
const changed = { method: "POST", body: JSON.stringify({ name: "team" }) };
const json = { "content-type": "application/json" };

const principal: Principal = {
  kind: "session",
  tenantId: localTenant,
  session: { id: "ses_1" as SessionId, csrfToken },
  permissions: allPermissions,
};

/** Doors where `token` is a session in force, and pages of `consoleOrigin` are let in. */
function doorsWithSession(more: Partial<HttpParts> = {}) {
  const asked: string[] = [];
  const authenticate = async (shown: string) => {
    asked.push(shown);
    return shown === token ? principal : undefined;
  };
  return { shown: asked, ...testDoors({ sessions: { authenticate }, pageOrigins: new Set([consoleOrigin]), ...more }) };
}

test("a session looks at the own API by its cookie alone", async () => {
  const doors = doorsWithSession();
  expect((await doors.send("/api/v1/users", { headers: { cookie } })).status).toBe(200);
  expect(doors.presented).toEqual([]);
});

test("a cookie calls no models and is not even looked at there", async () => {
  const doors = doorsWithSession();
  for (const path of ["/v1/models", "/metrics"]) {
    expect((await doors.send(path, { headers: { cookie } })).status).toBe(401);
  }
  expect(doors.shown).toEqual([]);
});

test("a key goes before a cookie: whoever shows a bad one is not let in by the other", async () => {
  const doors = doorsWithSession();
  const headers = { cookie, authorization: "Bearer bad" };
  expect((await doors.send("/api/v1/users", { headers })).status).toBe(401);
  expect(doors.shown).toEqual([]);
});

test.each([
  ["tokligence_session=short"],
  [`tokligence_session=${"c".repeat(64)}`],
  [`tokligence_session=${token}; tokligence_session=${token}`],
  [`tokligence_session=${token.toUpperCase()}`],
  [`xtokligence_session=${token}`],
])("the cookie %s lets nobody in", async (text) => {
  expect((await doorsWithSession().send("/api/v1/users", { headers: { cookie: text } })).status).toBe(401);
});

test.each([
  ["its token and the own origin", { origin: own, "x-csrf-token": csrfToken }, 404],
  ["its token and a listed origin", { origin: consoleOrigin, "x-csrf-token": csrfToken }, 404],
  ["its token and the browser's word", { "sec-fetch-site": "same-origin", "x-csrf-token": csrfToken }, 404],
  ["nothing else", {}, 403],
  ["an origin without the token", { origin: own }, 403],
  ["another token", { origin: own, "x-csrf-token": "d".repeat(64) }, 403],
  ["the token alone", { "x-csrf-token": csrfToken }, 403],
  ["a page of the same site", { "sec-fetch-site": "same-site", "x-csrf-token": csrfToken }, 403],
  ["a foreign origin", { origin: "https://evil.example", "x-csrf-token": csrfToken }, 403],
  ["no origin that has a name", { origin: "null", "x-csrf-token": csrfToken }, 403],
  ["another port", { origin: "http://localhost:3000", "x-csrf-token": csrfToken }, 403],
])("a changing request of a session with %s (F90)", async (_with, headers, status) => {
  for (const loopbackOnly of [false, true]) {
    const doors = doorsWithSession({ loopbackOnly });
    const response = await doors.send("/api/v1/teams", { ...changed, headers: { cookie, ...json, ...headers } });
    expect(response.status).toBe(status);
    expect(doors.asked).toHaveLength(status === 404 ? 1 : 0);
  }
});

test("a listed page is told what it may send, and reads the answer, its refusals too", async () => {
  const doors = doorsWithSession();
  const preflight = await doors.send("/api/v1/teams", {
    method: "OPTIONS",
    headers: { origin: consoleOrigin, "access-control-request-method": "POST" },
  });
  expect(preflight.status).toBe(204);
  expect(Object.fromEntries(preflight.headers)).toMatchObject({
    "access-control-allow-origin": consoleOrigin,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET, POST, HEAD",
    "access-control-allow-headers": "authorization, content-type, x-api-key, x-csrf-token",
    vary: "Origin",
  });
  for (const path of ["/api/v1/users", "/api/v1/nothing", "/health"]) {
    const answer = await doors.send(path, { headers: { origin: consoleOrigin } });
    expect(answer.headers.get("access-control-allow-origin")).toBe(consoleOrigin);
    expect(answer.headers.get("access-control-expose-headers")).toContain("x-request-id");
  }
});

test.each(["https://evil.example", "https://console.example.com.evil.example", "http://console.example.com", "null"])(
  "a page of %s gets nothing (F16)",
  async (origin) => {
    const doors = doorsWithSession();
    const headers = { origin, cookie, "access-control-request-method": "POST" };
    for (const method of ["OPTIONS", "GET"]) {
      const response = await doors.send("/api/v1/users", { method, headers });
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
    }
    expect(doors.asked).toEqual([]);
  },
);

test("models are never open to pages, listed or not", async () => {
  const doors = doorsWithSession();
  const headers = { origin: consoleOrigin, "access-control-request-method": "POST", authorization: "Bearer good" };
  const preflight = await doors.send("/v1/chat/completions", { method: "OPTIONS", headers });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([405, null]);
  const models = await doors.send("/v1/models", { headers });
  expect(models.headers.get("access-control-allow-origin")).toBeNull();
});

test("without listed origins nothing is said of them, and a preflight is a method like any other (F16)", async () => {
  const doors = testDoors();
  const headers = { origin: own, "access-control-request-method": "POST" };
  const response = await doors.send("/api/v1/users", { method: "OPTIONS", headers });
  expect(response.status).toBe(405);
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
  expect(response.headers.get("vary")).toBeNull();
});

test("every answer of the own API may not be stored, guessed at or framed (F90)", async () => {
  const doors = doorsWithSession();
  const headers = { authorization: "Bearer good" };
  for (const path of ["/api/v1/users", "/api/v1/nothing", "/api/v1/openapi.json", "/api/v1/users/u"]) {
    expect(Object.fromEntries((await doors.send(path, { headers })).headers)).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    });
  }
});

test("keys that are tried in vain are slowed down by their address; a good one goes on working from there (F84)", async () => {
  const doors = testDoors();
  const status = async (key: string) =>
    (await doors.send("/v1/models", { headers: { authorization: `Bearer ${key}` } })).status;
  const tried: number[] = [];
  for (let index = 0; index < 130; index += 1) tried.push(await status(`bad${index}`));
  expect(tried).toEqual([...Array(120).fill(401), ...Array(10).fill(429)]);
  expect(await status("good")).toBe(200);
  doors.clock.advance(60_000);
  expect(await status("bad")).toBe(401);
});
