import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ExplanationView, RouteView } from "#core/api/explanation.ts";
import type { SchedulerStatusView } from "#core/api/scheduling.ts";
import type { TimeRulesView } from "#core/api/time-rules.ts";
import { chat, chatStream } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { chunk, completion } from "../harness/upstream-script.ts";

// Commands are processes of their own.
setDefaultTimeout(30_000);

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

const rulesFile = "hours.ini";
const ini = `
[provider.a.test-model]
max_concurrent = 1
max_context_length = 100000
[scheduling]
enabled = true
priority_enabled = true
capacity_model = multi_dimensional
[scheduler]
policy = strict
[time_rules]
enabled = true
file = ${rulesFile}
file_check_interval = 3600
`;

const always = (limit: string): string => `[rule.capacity.always]
type = capacity_adjustment
start_time = 00:00
end_time = 24:00
target = a/test-model
max_concurrent = ${limit}
`;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { a: upstream }, ini, files: { [rulesFile]: "" } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const control = async <Answer>(path: string, method = "GET"): Promise<Answer> => {
  const answer = await fetch(`http://localhost${path}`, { unix: join(gateway.configDir, "control.sock"), method });
  return (await answer.json()) as Answer;
};

async function json<Answer>(...words: string[]): Promise<Answer> {
  const { stdout, stderr, exitCode } = await gateway.cli(...words, "--json");
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

test("status and explain tell what waits and what would become of a call, and call nobody", async () => {
  upstream.script({ events: [chunk({ content: "begun" })], end: "hang" }, completion());
  const leaving = new AbortController();
  const holder = await chatStream(gateway, {}, { signal: leaving.signal });
  const waiting = chat(gateway, {}, { headers: { "x-tokligence-priority": "2" } });
  const status = await eventually("one waits", async () => {
    const now = await control<SchedulerStatusView>("/api/v1/scheduler");
    return now.enabled && now.queued === 1 ? now : undefined;
  });
  expect(status).toMatchObject({ enabled: true, policy: "strict", in_flight: 1 });
  const before = upstream.calls.length;

  const table = await gateway.cli("scheduler", "status", "--watch");
  expect(table.exitCode).toBe(0);
  expect(table.stdout).toContain("1 queued");
  expect(table.stdout).toMatch(/a\/test-model +healthy +1 of 1/);
  expect(table.stdout).toMatch(/P2 High +1 /);
  for (const line of table.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect((await gateway.cli("status")).stdout).toMatch(/^Requests .*, 1 queued$/m);

  const explain = (...words: string[]) =>
    json<ExplanationView>("scheduler", "explain", "--model", "test-model", ...words);
  expect(await explain("--priority", "Bulk")).toMatchObject({ outcome: "queue", position: 1, level: "P8 Bulk" });
  expect(await explain("--tier", "internal")).toMatchObject({ outcome: "queue", position: 0, priority: 0 });
  expect(await explain("--input-tokens", "90000", "--output-tokens", "20000")).toMatchObject({
    outcome: "refuse",
    reason: "context_length_exceeded",
  });
  const text = await gateway.cli("scheduler", "explain", "--model", "test-model", "--priority", "9");
  expect(text.stdout).toContain("P9 Background");
  expect(text.stdout).toContain("It would wait ");

  const unchanged = await control<SchedulerStatusView>("/api/v1/scheduler");
  expect(unchanged).toMatchObject({ queued: 1, in_flight: 1, refusals: [] });
  expect(upstream.calls.length).toBe(before);
  leaving.abort();
  expect([holder.status, (await waiting).status]).toEqual([200, 200]);
});

test("on a terminal status is drawn anew every second, in its height, until Ctrl-C", async () => {
  let screen = "";
  const words = ["scheduler", "status", "--watch", "--config-dir", gateway.configDir, "--env", "dev"];
  const child = Bun.spawn([...testedProgram, ...words], {
    env: { PATH: process.env.PATH ?? "", HOME: gateway.configDir },
    terminal: {
      cols: 80,
      rows: 6,
      data: (_, bytes) => {
        screen += new TextDecoder().decode(bytes);
      },
    },
  });
  const frames = (): string[] => screen.split("\u001b[H").slice(1);
  await eventually("it was drawn twice", () => frames().length > 1, 20_000);
  child.terminal?.write("\u0003");
  await child.exited;
  expect(child.signalCode).toBe("SIGINT");
  const [first = ""] = frames();
  expect(first).toContain("0 queued (0 B), 0 in flight; strict, 10 levels\u001b[K");
  expect(first.split("\n").length).toBe(6);
  expect(first).toEndWith("\u001b[J");
});

test("T-52 route explain tells who answers a model, in the caller's protocol", async () => {
  const route = await json<RouteView>("route", "explain", "test-model", "--from", "anthropic");
  expect(route).toMatchObject({
    route: "*",
    protocol: "anthropic-messages",
    pools: [[{ deployment: "a/test-model", protocol: "openai-chat", lane: "translation", health: "closed" }]],
  });
  const { stdout } = await gateway.cli("route", "explain", "test-model");
  expect(stdout).toContain("openai-chat, forwarded byte for byte");
  expect(stdout).toContain("1 at once, 100,000 tokens of context");
  expect(await gateway.cli("route", "explain")).toMatchObject({ exitCode: 2 });
  expect(await gateway.cli("route", "explain", "test-model", "--from", "grpc")).toMatchObject({ exitCode: 2 });
});

test("who may only call models learns nothing of the scheduler, and nobody without a key changes it", async () => {
  const key = await gateway.createKey();
  const paths = ["/api/v1/scheduler", "/api/v1/routes/explain?model=test-model", "/api/v1/time-rules"];
  for (const path of paths) {
    const answer = await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    expect(answer.status).toBe(403);
    expect((await fetch(`${gateway.url}${path}`)).status).toBe(200);
  }
  expect((await fetch(`${gateway.url}/api/v1/time-rules/reload`, { method: "POST" })).status).toBe(403);
});

test("rules by time of day are read again on demand, and a bad file leaves the old ones in force", async () => {
  const write = (text: string): void => writeFileSync(join(gateway.configDir, rulesFile), text);
  const reload = () => control<TimeRulesView>("/api/v1/time-rules/reload", "POST");
  const limit = async (): Promise<unknown> => {
    const status = await control<SchedulerStatusView>("/api/v1/scheduler");
    return status.enabled ? status.capacity.find(({ id }) => id === "a/test-model")?.concurrent.limit : undefined;
  };
  expect(await limit()).toBe(1);
  write(always("7"));
  expect(await reload()).toMatchObject({ rules: [{ name: "rule.capacity.always", active: true }], problems: [] });
  expect(await limit()).toBe(7);
  write(always("many"));
  const { problems, rules } = await reload();
  expect(problems.join("\n")).toMatch(/hours\.ini:6: rule\.capacity\.always\.max_concurrent: /);
  expect(rules).toMatchObject([{ active: true }]);
  expect(await limit()).toBe(7);
  await eventually("it is told", () => gateway.output().includes("time_rules_refused"));
  write("");
  await reload();
  expect(await limit()).toBe(1);
});

test("without a gateway the routes and a call are explained from the settings, and only status says that none runs", async () => {
  await using stopped = new GatewayProcess({
    program: testedProgram,
    configuration: "[provider.demo]\ntype = loopback\n[routes]\nfast = demo\n",
  });
  const route = await stopped.cli("route", "explain", "fast");
  expect([route.exitCode, route.stderr]).toEqual([0, ""]);
  expect(route.stdout).toContain("not known: no gateway runs");
  expect(existsSync(join(stopped.configDir, "gateway.db"))).toBe(false);
  const call = await stopped.cli("scheduler", "explain", "--model", "fast");
  expect(call.exitCode).toBe(0);
  expect(call.stdout).toContain("It would go at once to demo/fast.");
  expect(call.stderr).toContain("No gateway runs");
  expect(await stopped.cli("scheduler", "status")).toMatchObject({ exitCode: 69, stdout: "" });
  expect(await stopped.cli("route", "explain", "nothing")).toMatchObject({ exitCode: 1 });
  expect(await stopped.cli("scheduler", "explain", "--model", "fast", "--key", "key_0")).toMatchObject({ exitCode: 1 });
});

test("route explain shows the price in force without a gateway too: the one that was set, else the embedded one", async () => {
  await using stopped = new GatewayProcess({
    program: testedProgram,
    configuration: "[provider.demo]\ntype = loopback\n[routes]\nfast = demo/gpt-4o\nplain = demo/gpt-4o-mini\n",
  });
  const priceOf = async (model: string): Promise<unknown> => {
    const { stdout } = await stopped.cli("route", "explain", model, "--json");
    const { pools }: RouteView = JSON.parse(stdout);
    return pools[0]?.[0]?.price;
  };
  const embedded = await priceOf("plain");
  expect(await priceOf("fast")).toMatchObject({ input_usd: expect.any(String) });
  const set = await stopped.cli("prices", "set", "gpt-4o", "--input", "71", "--output", "72");
  expect([set.exitCode, set.stderr]).toEqual([0, ""]);
  expect(await priceOf("fast")).toEqual({ input_usd: "71", output_usd: "72" });
  expect(await priceOf("plain")).toEqual(embedded);
});
