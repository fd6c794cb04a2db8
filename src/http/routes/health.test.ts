import { expect, test } from "bun:test";
import { createMetricsApp } from "#http/metrics-app.ts";
import { testDoors, testParts } from "#http/test-doors.ts";

test("probes say why the process is not ready, without a key", async () => {
  const health = () => ({ startup: true, ready: false, reasons: ["storage"], degraded: ["spooling"] });
  const doors = testDoors({ health });
  const ready = await doors.send("/readyz");
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({ status: "not_ready", reasons: ["storage"] });
  expect((await doors.send("/livez")).status).toBe(200);
  expect((await doors.send("/startupz")).status).toBe(200);
  const summary = await doors.send("/health");
  expect(summary.status).toBe(503);
  expect(await summary.json()).toEqual({
    status: "degraded",
    version: "1.2.3",
    startup: true,
    ready: false,
    reasons: ["storage"],
    degraded: ["spooling"],
  });
});

test("before the start is over only liveness is fine", async () => {
  const doors = testDoors({ health: () => ({ startup: false, ready: false, reasons: ["starting"], degraded: [] }) });
  expect((await doors.send("/livez")).status).toBe(200);
  expect((await doors.send("/startupz")).status).toBe(503);
  expect(await (await doors.send("/health")).json()).toMatchObject({ status: "starting" });
});

test("metrics are text of format 0.0.4 for who may read them", async () => {
  const doors = testDoors();
  const response = await doors.send("/metrics", { headers: { authorization: "Bearer good" } });
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await response.text()).toBe("metric 1\n");
  expect((await doors.send("/metrics", { headers: { authorization: "Bearer caller" } })).status).toBe(403);
});

test("the metrics listener serves metrics and nothing else", async () => {
  const { ids } = testParts();
  const app = createMetricsApp({ ids, metricsText: () => "metric 1\n" });
  const ask = (path: string, method = "GET") => app.fetch(new Request(`http://x${path}`, { method }));
  expect(await ask("/metrics").text()).toBe("metric 1\n");
  expect(await ask("/metrics", "HEAD").text()).toBe("");
  expect(ask("/metrics", "POST").status).toBe(405);
  expect(ask("/metrics", "POST").headers.get("allow")).toBe("GET, HEAD");
  for (const path of ["/", "/v1/models", "/api/v1/users", "/metrics/"]) expect(ask(path).status).toBe(404);
});
