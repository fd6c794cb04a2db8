import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { HeldUpstream } from "../harness/held-upstream.ts";
import { metricSums, unmoved } from "../harness/metric-sums.ts";
import { metric, queueOf } from "../harness/queue.ts";
import { chunk, completion, failure, stream } from "../harness/upstream-script.ts";

setDefaultTimeout(30_000);

const scheduled = "[scheduling]\nenabled = true\npriority_enabled = true\ncapacity_model = multi_dimensional\n";

test("TC-P1-OBS-002 test_queue_metrics: what is measured of a good call at the door, at the provider and in the books moves with it", async () => {
  using upstream = new FakeUpstream({ ...stream(["a", "b", "c", "d"], "gpt-4o-mini"), intervalMs: 5 });
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  const key = await gateway.createKey({ requests_per_minute: 600 });
  const before = await metricSums(gateway);
  await (await chatStream(gateway, { model: "gpt-4o-mini" }, withKey(key))).text();
  await (await chat(gateway, {}, { headers: { authorization: "Bearer tok_live_nobody" } })).text();
  await eventually("the loop was looked at", async () => {
    const lag = "event_loop_lag_seconds";
    return unmoved(before, await metricSums(gateway), [lag]).length === 0;
  });
  const counted = [
    ["http_requests_total", "http_request_duration_seconds", "request_overhead_seconds"],
    ["token_lookup_total", "token_lookup_duration_seconds", "auth_attempts_total", "ratelimit_decisions_total"],
    ["time_to_first_token_seconds", "time_per_output_token_seconds", "tokens_total", "cost_usd_total"],
    ["upstream_requests_total", "upstream_request_duration_seconds"],
    ["ledger_commit_duration_seconds", "ledger_batch_rows", "ledger_entries_total"],
    ["process_cpu_seconds_total"],
  ].flat();
  const after = await metricSums(gateway);
  expect(unmoved(before, after, counted)).toEqual([]);
  // A stream of four words, five milliseconds apart each.
  const perToken = 'tokligence_time_per_output_token_seconds_sum{provider="up",model="gpt-4o-mini"}';
  expect(await metric(gateway, perToken)).toBeGreaterThan(0.002);
  for (const layer of ["lru", "sqlite"]) {
    const took = `tokligence_token_lookup_duration_seconds_sum{layer="${layer}"}`;
    expect(await metric(gateway, took)).toBeGreaterThan(0);
  }
  expect(after.get("tokligence_build_info")).toBe(1);
  expect(after.get("process_start_time_seconds")).toBeGreaterThan(1_700_000_000);
  expect(after.get("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  expect(after.get("process_open_fds")).toBeGreaterThan(0);
  expect([after.get("tokligence_degraded_mode"), after.get("tokligence_ledger_spool_bytes")]).toEqual([0, 0]);
});

test("TC-P1-OBS-002 test_queue_metrics: what is measured of failures moves: retries and their budget, fallbacks, breakers", async () => {
  using sick = new FakeUpstream(failure(500));
  using well = new FakeUpstream();
  const ini = "both = a/m, b/m\n[circuit_breaker]\nthreshold = 2\n";
  await using gateway = await startGateway({ upstreams: { a: sick, b: well }, ini });
  const before = await metricSums(gateway);
  expect(before.get("tokligence_upstream_retry_budget_ratio")).toBe(1);
  await (await chat(gateway, { model: "a-only" })).text();
  await (await chat(gateway, { model: "both" })).text();
  const names = ["upstream_retries_total", "upstream_fallbacks_total", "upstream_retry_budget_ratio"];
  const breaker = ["circuit_breaker_state", "circuit_breaker_transitions_total"];
  const after = await metricSums(gateway);
  expect(unmoved(before, after, [...names, ...breaker, "unpriced_requests_total"])).toEqual([]);
  const left = after.get("tokligence_upstream_retry_budget_ratio") ?? 1;
  expect(left > 0 && left < 0.9).toBe(true);
});

/** How a call ends that its caller gives up, for the caller. */
const left = (call: Promise<unknown>): Promise<unknown> => call.catch(({ name }: Error) => name);

test("TC-P1-OBS-001 test_queue_metrics: callers that are lost in the queue and before the first byte are counted apart", async () => {
  using upstream = new HeldUpstream();
  const ini = `${scheduled}[provider.a.test-model]\nmax_concurrent = 1\n`;
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini });
  const lost = (phase: string): Promise<number | undefined> =>
    metric(gateway, `tokligence_client_disconnects_total{phase="${phase}"}`);
  const [running, queued] = [new AbortController(), new AbortController()];
  const calls = [left(chat(gateway, {}, { signal: running.signal }))];
  await upstream.call(0);
  calls.push(left(chat(gateway, {}, { signal: queued.signal })));
  await queueOf(gateway, 5, 1);
  queued.abort();
  await eventually("one is lost in the queue", async () => (await lost("queued")) === 1);
  running.abort();
  await eventually("one is lost before the first byte", async () => (await lost("first_byte")) === 1);
  expect(await Promise.all(calls)).toEqual(["AbortError", "AbortError"]);
  expect([await lost("queued"), await lost("streaming")]).toEqual([1, undefined]);
});

test("TC-P1-OBS-001 test_queue_metrics: streams that run and those that are left are counted", async () => {
  using upstream = new FakeUpstream({ events: [chunk({ content: "begun" })], end: "hang" });
  await using gateway = await startGateway({ upstreams: { up: upstream } });
  const leaving = new AbortController();
  const answer = await chatStream(gateway, {}, { signal: leaving.signal });
  const reader = answer.body?.getReader();
  await reader?.read();
  expect(await metric(gateway, "tokligence_active_streams")).toBe(1);
  const cut = left(reader?.read() ?? Promise.resolve());
  leaving.abort();
  expect(await cut).toBe("AbortError");
  const lost = 'tokligence_client_disconnects_total{phase="streaming"}';
  await eventually("it is counted as left", async () => (await metric(gateway, lost)) === 1);
  expect(await metric(gateway, "tokligence_active_streams")).toBe(0);
});

/** It costs more than a second's tokens. */
const longPrompt = { messages: [{ role: "user", content: "word ".repeat(20_000) }] };

test("TC-P1-OBS-003 test_queue_metrics: rates, debt, the adaptive limit, latency and the error of estimates follow what runs", async () => {
  using upstream = new HeldUpstream();
  const model = "[provider.a.test-model]\nmax_tokens_per_sec = 10000\nmax_rps = 50\nmax_concurrent = 4\n";
  const ini = `${scheduled}[scheduler]\nadaptive = true\n${model}`;
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini });
  const before = await metricSums(gateway);
  const calls = [chatStream(gateway), chat(gateway, longPrompt)];
  await upstream.call(1);
  const during = await metricSums(gateway);
  const used = ["tokens_per_second", "requests_per_second", "concurrent_requests"].map((name) => `capacity_${name}`);
  expect(unmoved(before, during, [...used, "capacity_usage", "capacity_utilization", "inflight_requests"])).toEqual([]);
  expect(await metric(gateway, 'tokligence_concurrency_limit{deployment="a/test-model"}')).toBe(4);
  expect(before.get("tokligence_capacity_token_debt")).toBe(0);
  expect(during.get("tokligence_capacity_token_debt")).toBeGreaterThan(1_000);
  upstream.open();
  for (const answer of await Promise.all(calls)) await answer.text();
  expect(unmoved(before, await metricSums(gateway), ["scheduling_estimate_ratio"])).toEqual([]);
  // Latency is told of ten answers in a second.
  await eventually("latency is told", async () => {
    await (await chatStream(gateway)).text();
    return unmoved(before, await metricSums(gateway), ["normalized_latency_seconds"]).length === 0;
  });
});

test("TC-P1-OBS-001 test_queue_metrics: turns that a level had from its floor are counted", async () => {
  using upstream = new HeldUpstream();
  const ini = `${scheduled}[scheduler]\nfloors = 3\nmax_queue = 100\ntenant_share = 100\n[provider.a.test-model]\nmax_concurrent = 1\n`;
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini });
  const ask = (level: number): Promise<Response> =>
    chat(gateway, {}, { headers: { "x-tokligence-priority": String(level) } });
  const first = ask(0);
  await upstream.call(0);
  const calls = [first, ask(9), ...Array.from({ length: 60 }, () => ask(0))];
  await queueOf(gateway, 0, 60);
  upstream.open();
  for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
  expect(await metric(gateway, 'tokligence_scheduling_floor_dispatch_total{priority="9"}')).toBe(1);
});

const serviceName = "tokligence_scheduling_tenant_service_tokens_total";

/** One whole call of each of two users. */
async function twoTenants(gateway: GatewayUnderTest): Promise<void> {
  const keys = [await gateway.createKey(), await gateway.createKey()];
  for (const key of keys) expect((await chat(gateway, {}, withKey(key))).status).toBe(200);
}

test("TC-P1-OBS-001 test_queue_metrics: the service that each tenant had is counted by tenant where that is asked for, and not else", async () => {
  using upstream = new FakeUpstream(completion());
  const capacity = "[provider.up.test-model]\nmax_concurrent = 4\n";
  const open = (ini: string): Promise<GatewayUnderTest> =>
    startGateway({ upstreams: { up: upstream }, keys: true, ini: `${scheduled}${capacity}${ini}` });
  await using told = await open("[metrics]\ntenant_labels = true\n");
  await twoTenants(told);
  const lines = (await told.metrics()).split("\n").filter((line) => line.startsWith(`${serviceName}{tenant="usr_`));
  // 7 tokens in, and 3 out that cost four times as much.
  expect(new Set(lines.map((line) => line.slice(line.lastIndexOf(" ") + 1)))).toEqual(new Set(["19"]));
  expect(lines).toHaveLength(2);
  await using silent = await open("");
  await twoTenants(silent);
  expect(await silent.metrics()).not.toContain(serviceName);
});

test("without scheduling there is no metric of tenants, whatever is asked for", async () => {
  using upstream = new FakeUpstream(completion());
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini: "[metrics]\ntenant_labels = true\n" });
  expect((await chat(gateway)).status).toBe(200);
  expect(await gateway.metrics()).not.toContain("tokligence_scheduling");
});
