import { expect, test } from "bun:test";
import { testDoors } from "#http/test-doors.ts";

const key = { authorization: "Bearer good" };

test.each([
  ["GET", "/api/v1/users", "listUsers"],
  ["GET", "/api/v1/keys", "listKeys undefined"],
  ["GET", "/api/v1/keys?user=a%40b.example", "listKeys a@b.example"],
  ["GET", "/api/v1/usage/summary", "usageSummary {}"],
  ["GET", "/api/v1/usage/summary?from=2026-01-01T00:00:00Z", 'usageSummary {"from":"2026-01-01T00:00:00Z"}'],
  ["GET", "/api/v1/usage/logs", 'usageLogs {"limit":50}'],
  ["GET", "/api/v1/usage/logs?limit=3&key=good", 'usageLogs {"limit":3}'],
])("%s %s asks %s and answers a list", async (method, path, asked) => {
  const doors = testDoors();
  const response = await doors.send(path, { method, headers: key });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ data: [] });
  expect(doors.asked).toEqual([asked]);
});

test.each([
  ["POST", "/api/v1/keys/key_1/revoke", "revokeKey key_1"],
  ["DELETE", "/api/v1/keys/key_1", "revokeKey key_1"],
  ["POST", "/api/v1/keys/..%2Fusers/revoke", "revokeKey ../users"],
])("%s %s revokes the key it names", async (method, path, asked) => {
  const doors = testDoors();
  const response = await doors.send(path, { method, headers: key });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: "not_found" });
  expect(doors.asked).toEqual([asked]);
});

test.each([
  ["GET", undefined, "findKey key_1"],
  ["PATCH", { tier: "bulk", models: null }, 'updateKey key_1 {"tier":"bulk","models":null}'],
  ["PATCH", {}, "updateKey key_1 {}"],
])("%s of a key with %p asks for just that", async (method, body, asked) => {
  const doors = testDoors();
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { ...key, "content-type": "application/json" };
  const response = await doors.send("/api/v1/keys/key_1", { method, headers, ...init });
  expect(await response.json()).toMatchObject({ code: "not_found" });
  expect(doors.asked).toEqual([asked]);
});

test("who makes or changes a key is told to the administration", async () => {
  const makers: unknown[] = [];
  const remember = async (...args: unknown[]) => void makers.push(args.at(-1));
  const doors = testDoors({ administration: { createKey: remember, updateKey: remember } as never });
  const headers = { ...key, "content-type": "application/json" };
  await doors.send("/api/v1/keys", { method: "POST", headers, body: JSON.stringify({ user: "a", name: "n" }) });
  await doors.send("/api/v1/keys/key_1", { method: "PATCH", headers, body: "{}" });
  expect(makers).toEqual([expect.objectContaining({ kind: "key" }), expect.objectContaining({ kind: "key" })]);
});

test("what was created is answered with 201", async () => {
  const made = { id: "usr_1", email: "a@b.example" };
  const doors = testDoors({ administration: { createUser: async () => made } as never });
  const response = await doors.send("/api/v1/users", {
    method: "POST",
    body: JSON.stringify({ email: "a@b.example" }),
    headers: { ...key, "content-type": "application/json" },
  });
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual(made);
});

test.each([
  ["POST", "/api/v1/users", { email: "nobody" }, "email"],
  ["POST", "/api/v1/users", { email: "a@b.example", role: "root_admin" }, "role"],
  ["POST", "/api/v1/keys", { user: "a@b.example" }, "name"],
  ["POST", "/api/v1/keys", { user: "a", name: "n", scopes: ["everything"] }, "scopes.0"],
  ["POST", "/api/v1/keys", { user: "a", name: "n", tier: "gold" }, "tier"],
  ["POST", "/api/v1/keys", { user: "a", name: "n", tokens_per_day: 0 }, "tokens_per_day"],
  ["PATCH", "/api/v1/keys/key_1", { weight: 1_001 }, "weight"],
  ["PATCH", "/api/v1/keys/key_1", { models: [] }, "models"],
  ["PATCH", "/api/v1/keys/key_1", { priority: -1 }, "priority"],
  ["PATCH", "/api/v1/keys/key_1", { name: "new" }, "name"],
  ["GET", "/api/v1/usage/logs?limit=0", undefined, "limit"],
  ["GET", "/api/v1/usage/summary?from=yesterday", undefined, "from"],
] as const)("%s %s with %p is refused naming %s, and nothing is done", async (method, path, body, field) => {
  const doors = testDoors();
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { ...key, "content-type": "application/json" };
  const response = await doors.send(path, { method, headers, ...init });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", details: { field } });
  expect(doors.asked).toEqual([]);
});

test("an unknown field or parameter is refused", async () => {
  const doors = testDoors();
  const headers = { ...key, "content-type": "application/json" };
  const body = JSON.stringify({ email: "a@b.example", admin: true });
  expect((await doors.send("/api/v1/users", { method: "POST", headers, body })).status).toBe(400);
  expect((await doors.send("/api/v1/usage/logs?user=x", { headers })).status).toBe(400);
});

test("the status names the version, the time it has run, and what runs now", async () => {
  const doors = testDoors();
  doors.clock.advance(61_500);
  const response = await doors.send("/api/v1/status", { headers: key });
  expect(await response.json()).toEqual({ version: "1.2.3", uptime_seconds: 61, in_flight: 0, draining: false });
});
