import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat } from "../harness/client.ts";
import { freePort } from "../harness/free-port.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";

const metricsPort = freePort();
const metricsUrl = `http://127.0.0.1:${metricsPort}`;
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ keys: true, ini: `[metrics]\nprometheus_port = ${metricsPort}\n` });
});
afterAll(() => gateway[Symbol.asyncDispose]());

test("/livez, /readyz and /startupz answer 200 and ok, to GET and to HEAD", async () => {
  for (const path of ["/livez", "/readyz", "/startupz"]) {
    const answer = await fetch(gateway.url + path);
    expect([path, answer.status, await answer.json()]).toMatchObject([path, 200, { status: "ok" }]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const head = await fetch(gateway.url + path, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("content-length")).toBe(answer.headers.get("content-length"));
  }
});

test("/health says version and state and nothing that needs hiding", async () => {
  const health = (await (await fetch(`${gateway.url}/health`)).json()) as Record<string, unknown>;
  const sound = { startup: true, ready: true, reasons: [], degraded: [] };
  expect(health).toEqual({ status: "ok", version: expect.any(String), ...sound });
});

test("metrics.prometheus_port is a listener of its own, for /metrics alone and without a key", async () => {
  const page = await fetch(`${metricsUrl}/metrics`);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  expect(await page.text()).toContain("# TYPE tokligence_http_requests_total counter");
  for (const path of ["/", "/v1/models", "/api/v1/status", "/livez"]) {
    expect([path, (await fetch(metricsUrl + path)).status]).toEqual([path, 404]);
  }
});

test("on the main port /metrics wants a key that may read it", async () => {
  expect((await fetch(`${gateway.url}/metrics`)).status).toBe(401);
  const key = await gateway.createKey();
  const answer = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([403, "application/problem+json"]);
});

test("metrics.enabled = false leaves no /metrics anywhere", async () => {
  const port = freePort();
  await using silent = await startGateway({ ini: `[metrics]\nenabled = false\nprometheus_port = ${port}\n` });
  expect((await fetch(`${silent.url}/metrics`)).status).toBe(404);
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});

test("calls, refusals, tokens and rows are counted, by route template and never by what a caller wrote", async () => {
  const key = await gateway.createKey();
  await chat(gateway, { model: "loopback" }, { headers: { "x-api-key": key } });
  await chat(gateway, { model: "no-such-model-canary" }, { headers: { "x-api-key": key } });
  await fetch(`${gateway.url}/nowhere-canary`);
  const page = await gateway.metrics();
  expect(page).toContain('tokligence_http_requests_total{route="/v1/chat/completions",method="POST",code="200"} 1');
  expect(page).toContain('tokligence_http_requests_total{route="/v1/chat/completions",method="POST",code="404"} 1');
  expect(page).toMatch(/tokligence_http_requests_total\{route="other",method="GET",code="404"\} \d/);
  expect(page).toMatch(
    /tokligence_upstream_requests_total\{provider="loopback",deployment="loopback\/loopback",code="ok"\} 1/,
  );
  expect(page).not.toContain("canary");
  expect(page).not.toContain(key);
});
