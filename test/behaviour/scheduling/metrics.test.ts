import { expect, setDefaultTimeout, test } from "bun:test";
import { chat } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric, queueOf } from "../../harness/queue.ts";

setDefaultTimeout(30_000);

const ini = `[scheduling]
enabled = true
priority_enabled = true
capacity_model = multi_dimensional
[scheduler]
max_queue = 3
tenant_share = 100
[provider.a.test-model]
max_concurrent = 4
max_tokens_per_sec = 100000
max_rps = 50
`;
const ask = (gateway: GatewayUnderTest, level: number, fields: object = {}): Promise<Response> =>
  chat(gateway, fields, { headers: { "x-tokligence-priority": String(level) } });
const values = (gateway: GatewayUnderTest, ...series: readonly string[]): Promise<(number | undefined)[]> =>
  Promise.all(series.map((one) => metric(gateway, one)));

test("TC-P1-OBS-001 test_queue_metrics: the depth of the queue stands by level, with bytes, age and foreseen wait", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini });
  const depths = Array.from({ length: 10 }, (_, level) => `tokligence_scheduling_queue_depth{priority="${level}"}`);
  expect(await values(gateway, ...depths)).toEqual(Array(10).fill(0));
  const running = [5, 5, 5, 5].map((level) => ask(gateway, level));
  await upstream.call(3);
  const calls = [...running, ...[2, 7, 7].map((level) => ask(gateway, level))];
  await queueOf(gateway, 2, 1);
  await queueOf(gateway, 7, 2);
  expect(await values(gateway, ...depths)).toEqual([0, 0, 1, 0, 0, 0, 0, 2, 0, 0]);
  const pool = (name: string, level: number): string =>
    `tokligence_scheduling_${name}{pool="a/test-model",priority="${level}"}`;
  expect(await values(gateway, pool("pool_queue_depth", 7), pool("pool_queue_depth", 0))).toEqual([2, 0]);
  expect(await metric(gateway, pool("predicted_wait_seconds", 7))).toBeGreaterThanOrEqual(0);
  expect(await metric(gateway, 'tokligence_scheduling_queued_bytes{priority="7"}')).toBeGreaterThan(100);
  expect(await metric(gateway, 'tokligence_scheduling_oldest_seconds{priority="2"}')).toBeGreaterThan(0);
  const evicting = ask(gateway, 0);
  await queueOf(gateway, 0, 1);
  await queueOf(gateway, 7, 1);
  const refused = await ask(gateway, 9);
  expect(refused.status).toBe(503);
  upstream.open();
  const statuses = (await Promise.all([...calls, evicting])).map(({ status }) => status);
  expect(statuses.filter((status) => status === 503).length).toBe(1);
  expect(await values(gateway, ...depths)).toEqual(Array(10).fill(0));
  const outcomes = (outcome: string, level: number): string =>
    `tokligence_scheduling_requests_total{priority="${level}",outcome="${outcome}"}`;
  expect(
    await values(
      gateway,
      ...[outcomes("dispatched", 5), outcomes("dispatched", 7), outcomes("evicted", 7), outcomes("rejected", 9)],
      'tokligence_scheduling_rejected_total{priority="9",reason="queue_full"}',
      'tokligence_scheduling_rejected_total{priority="7",reason="evicted"}',
    ),
  ).toEqual([4, 1, 1, 1, 1, 1]);
});

test("TC-P1-OBS-002 test_queue_metrics: the time to a decision is a histogram by level, under a millisecond where nobody waits", async () => {
  using upstream = new HeldUpstream();
  upstream.open();
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini });
  for (let asked = 0; asked < 50; asked += 1) expect((await ask(gateway, 3)).status).toBe(200);
  const name = "tokligence_scheduling_latency_seconds";
  const bounds = ["0.001", "0.01", "0.05", "0.1", "0.5", "1", "2.5", "5", "10", "30", "60", "+Inf"];
  const counts = await values(gateway, ...bounds.map((bound) => `${name}_bucket{priority="3",le="${bound}"}`));
  expect(counts.at(-1)).toBe(50);
  // P50 under a millisecond, P95 under ten, P99 under fifty; and no decision takes no time at all.
  expect(counts[0]).toBeGreaterThanOrEqual(25);
  expect(counts[1]).toBeGreaterThanOrEqual(48);
  expect(counts[2]).toBeGreaterThanOrEqual(49);
  expect(await metric(gateway, `${name}_sum{priority="3"}`)).toBeGreaterThan(0);
  expect(await metric(gateway, `${name}_count{priority="3"}`)).toBe(50);
});

test("TC-P1-OBS-003 test_queue_metrics: use, limit and utilisation of each dimension follow what runs", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini });
  const calls = [ask(gateway, 5, { max_tokens: 2000 }), ask(gateway, 5), ask(gateway, 5)];
  await upstream.call(2);
  const of = (name: string, dimension: string): string =>
    `tokligence_capacity_${name}{dimension="${dimension}",model="a/test-model"}`;
  expect(await values(gateway, of("usage", "concurrent"), of("utilization", "concurrent"))).toEqual([3, 0.75]);
  expect(await metric(gateway, of("utilization", "rps"))).toBeGreaterThan(0);
  expect(await metric(gateway, of("utilization", "tokens_per_sec"))).toBeGreaterThan(0);
  const labels = '{model="test-model",deployment="a/test-model"}';
  const limits = ["tokens_per_second", "requests_per_second", "concurrent_requests"].map(
    (name) => `tokligence_capacity_${name}_limit${labels}`,
  );
  expect(await values(gateway, ...limits)).toEqual([100_000, 50, 4]);
  expect(await metric(gateway, 'tokligence_inflight_requests{deployment="a/test-model"}')).toBe(3);
  upstream.open();
  await Promise.all(calls);
  await eventually("nothing is used any more", async () => (await metric(gateway, of("usage", "concurrent"))) === 0);
  expect(await values(gateway, of("utilization", "concurrent"))).toEqual([0]);
  expect(await gateway.metrics()).toContain("tokligence_scheduling_estimate_ratio_count");
});

test("without scheduling there is no metric of it, and calls say that they did not wait", async () => {
  using upstream = new HeldUpstream();
  upstream.open();
  await using gateway = await startGateway({ upstreams: { a: upstream } });
  const answer = await ask(gateway, 0);
  expect([answer.status, answer.headers.get("x-tokligence-queue-ms")]).toEqual([200, "0"]);
  const metrics = await gateway.metrics();
  for (const name of ["scheduling_queue_depth", "scheduling_latency", "capacity_usage"]) {
    expect(metrics).not.toContain(`tokligence_${name}`);
  }
});
