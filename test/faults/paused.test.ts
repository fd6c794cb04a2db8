import { expect, test } from "bun:test";
import type { UsageLogView } from "#core/api/usage.ts";
import { chat, chatStream, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { FrameReader } from "../harness/frame-reader.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { stream } from "../harness/upstream-script.ts";
import { control, keyWith, places } from "./scheduling/limited-gateway.ts";

const pausedMs = 2_500;

const limits = [
  "[gateway]\nstream_idle_timeout = 1\nheartbeat_interval = 1\nrequest_timeout = 2\nclient_stall_timeout = 1",
  "[circuit_breaker]\nthreshold = 5",
];

test("F69 stopped for longer than every timeout and continued, streams go on or end cleanly and nothing stays held", async () => {
  const words = Array.from({ length: 15 }, (_, index) => `w${index} `);
  using upstream = new FakeUpstream({ ...stream(words), intervalMs: 60 });
  const provider = `[provider.up]\ntype = openai-compatible\nbase_url = ${upstream.url}\n[routes]\n* = up\n`;
  await using gateway = await GatewayProcess.start({
    program: testedProgram,
    configuration: [...limits, provider, places(2)].join("\n"),
  });
  await control(gateway, "/api/v1/users", { email: "eve@example.com" });
  const { id, key } = await keyWith(gateway, "ada@example.com", {});
  await control(gateway, "/api/v1/budgets", { scope: `key:${id}`, limit_usd: "5", window: "total" });
  const prices = ["prices", "set", "test-model", "--input", "1", "--output", "2"];
  expect((await gateway.cli(...prices)).exitCode).toBe(0);

  // Two run, one waits for their places.
  const calls = [1, 2, 3].map(() => chatStream(gateway, { max_tokens: 100 }, withKey(key)));
  const [first] = calls;
  const reader = new FrameReader(await (first ?? Promise.reject(new Error("no call"))));
  await reader.next();
  await eventually("two run", () => upstream.calls.length === 2);
  gateway.signal("SIGSTOP");
  await Bun.sleep(pausedMs);
  gateway.signal("SIGCONT");

  const ends = await Promise.all([
    reader.rest(),
    ...calls.slice(1).map(async (call) => {
      const answer = await call;
      return answer.ok ? new FrameReader(answer).rest() : [await answer.text()];
    }),
  ]);
  for (const frames of ends) expect(frames.at(-1)).toMatch(/^data: \[DONE\]$|"error":\{/);

  const again = await chat(gateway, { max_tokens: 100 }, withKey(key));
  expect([again.status, (await again.text()).includes("w14")]).toEqual([200, true]);
  const status = await control<{ in_flight: number; queued: number; uptime_seconds: number }>(
    gateway,
    "/api/v1/status",
  );
  expect(status).toMatchObject({ in_flight: 0, queued: 0 });
  expect(status.uptime_seconds).toBeGreaterThanOrEqual(Math.floor(pausedMs / 1000));
  const budgets = await control<{ data: { reserved_usd: string; spent_usd: string }[] }>(gateway, "/api/v1/budgets");
  expect(budgets.data).toMatchObject([{ reserved_usd: "0" }]);
  const { data: rows } = await control<{ data: UsageLogView[] }>(gateway, "/api/v1/usage/logs");
  expect(rows).toHaveLength(4);
  for (const { latency_ms: latencyMs } of rows) expect(latencyMs).toBeGreaterThanOrEqual(0);
  expect(await gateway.stop()).toBe(0);
  const books = await gateway.cli("ledger", "verify");
  expect(books.exitCode).toBe(0);
}, 60_000);
