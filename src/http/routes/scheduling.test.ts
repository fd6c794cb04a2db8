import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { testDoors } from "#http/test-doors.ts";

const headers = { authorization: "Bearer good", "content-type": "application/json" };

test("the scheduler that is off says so", async () => {
  const response = await testDoors().send("/api/v1/scheduler", { headers });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ enabled: false, message: "Scheduling is off.", degraded: [] });
});

test("a question is handed on with its defaults, and its refusal comes as a problem", async () => {
  const doors = testDoors();
  const body = JSON.stringify({ model: "m", tier: "bulk" });
  const response = await doors.send("/api/v1/scheduler/explain", { method: "POST", headers, body });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: "model_not_found" });
  await doors.send("/api/v1/routes/explain?model=org%2Fm&protocol=gemini-generate", { headers });
  expect(doors.asked).toEqual([
    'explain {"model":"m","protocol":"openai-chat","tier":"bulk","input_tokens":1000}',
    'explainRoute {"model":"org/m","protocol":"gemini-generate"}',
  ]);
});

test.each([
  ["/api/v1/scheduler/explain", { method: "POST", body: "{}" }, "model"],
  ["/api/v1/scheduler/explain", { method: "POST", body: '{"model":"m","input_tokens":-1}' }, "input_tokens"],
  ["/api/v1/scheduler/explain", { method: "POST", body: '{"model":"m","key":"k","tier":"bulk"}' }, "tier"],
  ["/api/v1/routes/explain", {}, "model"],
  ["/api/v1/routes/explain?model=m&protocol=grpc", {}, "protocol"],
])("%s with %p is refused by the name of %p before anybody is asked", async (path, init, field) => {
  const doors = testDoors();
  const response = await doors.send(path, { ...init, headers });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid_request", detail: expect.stringContaining(field) });
  expect(doors.asked).toEqual([]);
});

test("rules by time of day are shown to readers, and read again for those who may write alone", async () => {
  const doors = testDoors();
  expect((await doors.send("/api/v1/time-rules", { headers })).status).toBe(200);
  expect((await doors.send("/api/v1/time-rules/reload", { method: "POST", headers })).status).toBe(200);
  expect(doors.asked).toEqual(["timeRules", "reloadTimeRules"]);
  const caller = { authorization: "Bearer caller" };
  expect((await doors.send("/api/v1/time-rules/reload", { method: "POST", headers: caller })).status).toBe(403);
});

test("the status of the process tells how many wait where anybody can", async () => {
  const off = await (await testDoors().send("/api/v1/status", { headers })).json();
  expect(off).not.toHaveProperty("queued");
  const status = async () => ({
    enabled: true as const,
    policy: "hybrid" as const,
    capacity_model: "simple" as const,
    priority_levels: 10,
    queued: 3,
    queued_bytes: 100,
    in_flight: 2,
    degraded: [],
    time_rules: [],
    capacity: [],
    pools: [],
    refusals: [],
  });
  const unasked = () => Promise.reject(new GatewayError("internal", "Not asked for."));
  const scheduling = {
    status,
    explain: unasked,
    explainRoute: unasked,
    timeRules: unasked,
    reloadTimeRules: unasked,
  };
  const on = await (await testDoors({ scheduling }).send("/api/v1/status", { headers })).json();
  expect(on).toMatchObject({ queued: 3 });
});
