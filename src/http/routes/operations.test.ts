import { expect, test } from "bun:test";
import { operations } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";
import { FakeConnection, testDoors } from "#http/test-doors.ts";

const key = { authorization: "Bearer good" };
const json = { ...key, "content-type": "application/json" };
const page = { limit: 100 };

test.each([
  ["GET", "/users", "listUsers", page],
  ["GET", "/users/a%40b.example", "findUser", { id: "a@b.example" }],
  ["GET", "/keys?user=a%40b.example&limit=3", "listKeys", { user: "a@b.example", limit: 3 }],
  ["GET", "/usage/logs?key=key_1", "usageLogs", { key: "key_1", ...page }],
  ["GET", "/usage/summary?group_by=day&group_by=model", "usageSummary", { group_by: ["day", "model"], limit: 10_000 }],
  ["DELETE", "/keys/..%2Fusers", "revokeKey", { id: "../users" }],
  ["DELETE", "/prices?model=org%2Fm", "removePrice", { model: "org/m" }],
  ["DELETE", "/teams/t%20x/members/u", "removeTeamMember", { id: "t x", user: "u" }],
  ["POST", "/keys/key_1/rotate", "rotateKey", { id: "key_1", overlap_seconds: 0 }],
])("%s %s asks %s", async (method, path, name, input) => {
  const doors = testDoors();
  await doors.send(`/api/v1${path}`, { method, headers: key });
  expect(doors.asked).toEqual([`${name} ${JSON.stringify(input)}`]);
});

test.each([
  ["PATCH", "/keys/key_1", { tier: "bulk", models: null }, "updateKey", { tier: "bulk", models: null, id: "key_1" }],
  ["PUT", "/teams/t/members/u", { role: "admin" }, "setTeamMember", { role: "admin", id: "t", user: "u" }],
  ["PUT", "/prices", { model: "m", input: "1", output: "2" }, "setPrice", { model: "m", input: "1", output: "2" }],
])("%s %s with a body asks %s", async (method, path, body, name, input) => {
  const doors = testDoors();
  await doors.send(`/api/v1${path}`, { method, headers: json, body: JSON.stringify(body) });
  const [asked = ""] = doors.asked;
  expect(asked.slice(0, name.length)).toBe(name);
  expect(JSON.parse(asked.slice(name.length))).toEqual(input);
});

test("lists and pages are answered as they are", async () => {
  const response = await testDoors().send("/api/v1/users", { headers: key });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ data: [], next_cursor: null });
});

test("who asks, and by which request, is told to the handler; what was made is answered with 201", async () => {
  const callers: unknown[] = [];
  const made = { id: "usr_1" };
  const createUser = async (_input: unknown, caller: unknown) => {
    callers.push(caller);
    return made;
  };
  const doors = testDoors({ handlers: { createUser } as never });
  const body = JSON.stringify({ email: "a@b.example" });
  const response = await doors.send("/api/v1/users", { method: "POST", headers: json, body });
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual(made);
  expect(callers).toEqual([{ principal: expect.objectContaining({ kind: "key" }), requestId: "req_1" }]);
});

test.each([
  ["POST", "/users", { email: "nobody" }, "email"],
  ["POST", "/users", { email: "a@b.example", role: "emperor" }, "role"],
  ["POST", "/keys", { user: "a@b.example" }, "name"],
  ["POST", "/keys", { user: "a", name: "n", scopes: ["everything"] }, "scopes.0"],
  ["PATCH", "/keys/key_1", { weight: 1_001 }, "weight"],
  ["PATCH", "/keys/key_1", { id: "key_2" }, "id"],
  ["GET", "/usage/logs?limit=0", undefined, "limit"],
  ["GET", "/usage/logs?limit=1&limit=2", undefined, "limit"],
  ["GET", "/usage/summary?from=yesterday", undefined, "from"],
  ["GET", "/users/x?id=y", undefined, "id"],
] as const)("%s %s with %p is refused naming %s, and nothing is done", async (method, path, body, field) => {
  const doors = testDoors();
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await doors.send(`/api/v1${path}`, { method, headers: json, ...init });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", details: { field } });
  expect(doors.asked).toEqual([]);
});

test.each(Object.entries(operations))("F95 %s refuses a field that it does not have", async (_name, operation) => {
  const { method, path } = operation;
  const isQuery = method === "GET" || method === "DELETE";
  for (const field of ["tenant_id", "is_admin", "__proto__", "constructor"]) {
    const doors = testDoors();
    const target = `/api/v1${path.replace(/:\w+/g, "x")}${isQuery ? `?${field}=1` : ""}`;
    const body = isQuery ? {} : { body: `{${JSON.stringify(field)}:1}` };
    const response = await doors.send(target, { method, headers: json, ...body });
    expect(response.status).toBe(400);
    expect(doors.asked).toEqual([]);
  }
});

test("broken escapes in a path are 404", async () => {
  expect((await testDoors().send("/api/v1/users/%E0%A4", { headers: key })).status).toBe(404);
});

test("whoever may not change something is written down, at most sixty times a minute; who only looks is not", async () => {
  const doors = testDoors();
  const caller = { headers: { "x-api-key": "caller" } };
  expect((await doors.send("/api/v1/users", caller)).status).toBe(403);
  expect(doors.asked).toEqual([]);
  for (let index = 0; index < 70; index += 1) {
    expect((await doors.send("/api/v1/users/u", { ...caller, method: "DELETE" })).status).toBe(403);
  }
  expect(doors.asked).toEqual(Array(60).fill("refused deleteUser to a key"));
  doors.clock.advance(60_000);
  await doors.send("/api/v1/users/u", { ...caller, method: "DELETE" });
  expect(doors.asked).toHaveLength(61);
});

test("a refusal by the handler itself is written down too, before it is answered", async () => {
  const refused: string[] = [];
  const doors = testDoors({
    handlers: {
      createTeam: () => Promise.reject(new GatewayError("permission_denied", "Administrators only.")),
    } as never,
    auditRefusal: async (_caller, operation) => void refused.push(operation),
  });
  const body = JSON.stringify({ name: "t" });
  expect((await doors.send("/api/v1/teams", { method: "POST", headers: json, body })).status).toBe(403);
  expect(refused).toEqual(["createTeam"]);
});

test("the status names the process, the time it has run, what runs now and what went wrong", async () => {
  const doors = testDoors();
  doors.clock.advance(61_500);
  const response = await doors.send("/api/v1/status", { headers: key });
  expect(await response.json()).toEqual({
    version: "1.2.3",
    pid: 4711,
    address: "http://127.0.0.1:8081",
    profile: "personal",
    config_dir: "/etc/tokligence",
    started_at: "2026-01-01T00:00:00.000Z",
    uptime_seconds: 61,
    requests: 0,
    in_flight: 0,
    draining: false,
    degraded: [],
    memory: { resident_bytes: 1000, limit_bytes: null },
    deployments: [],
    last_errors: [],
  });
});

test("the process is ended through the control socket alone, and only the one that is meant", async () => {
  const doors = testDoors();
  const ask = (body: object, root: boolean) =>
    doors.send(
      "/api/v1/shutdown",
      { method: "POST", body: JSON.stringify(body), headers: { ...key, "content-type": "application/json" } },
      new FakeConnection("", root),
    );
  expect((await ask({ pid: 1 }, true)).status).toBe(409);
  expect(doors.asked).toEqual([]);
  expect(await (await ask({ pid: 4711 }, true)).json()).toEqual({ pid: 4711, in_flight: 0, longest_seconds: 45 });
  await ask({ pid: 4711, now: true }, true);
  expect(doors.asked).toEqual([]);
  doors.clock.advance(50);
  expect(doors.asked).toEqual(["shutDown false", "shutDown true"]);
});
