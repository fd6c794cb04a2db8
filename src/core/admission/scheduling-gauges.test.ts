import { expect, test } from "bun:test";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { SchedulingGauges } from "#core/admission/scheduling-gauges.ts";
import { SchedulingMeter } from "#core/admission/scheduling-meter.ts";
import type { DeploymentState, LevelState, PoolState, SchedulerState } from "#core/scheduler/state.ts";

const deployment = (id: string, inFlight: number, ceiling?: number): DeploymentState => ({
  id,
  health: "closed",
  inFlight,
  ceiling,
  pausedForUs: 0,
  resources: [],
});

const level = (number: number, queued: number): LevelState => ({
  level: number,
  queued,
  queuedBytes: queued * 100,
  oldestUs: queued * 1_000_000,
  predictedWaitUs: queued * 500_000,
});

const pool = (name: string, queued: number, deployments: readonly DeploymentState[] = []): PoolState => ({
  name,
  deployments,
  levels: [level(0, 0), level(1, queued)],
  tenants: [],
});

const state: SchedulerState = {
  resources: [
    {
      id: "openai/gpt-4o",
      tokensPerSecond: { used: 750, limit: 1_000 },
      requestsPerSecond: { used: 3, limit: undefined },
      concurrent: { used: 4, limit: 5 },
      tokenDebt: 120,
    },
    {
      id: "openai",
      tokensPerSecond: { used: 900, limit: undefined },
      requestsPerSecond: { used: 3, limit: 2 },
      concurrent: { used: 4, limit: 0 },
      tokenDebt: 0,
    },
  ],
  pools: [
    pool("openai", 3, [deployment("openai/gpt-4o", 4, 5), deployment("openai/strange", 1)]),
    pool("a/unheard-of", 2, [deployment("a/unheard-of", 2)]),
    pool("b/unheard-of", 4, [deployment("b/unheard-of", 3)]),
  ],
  queued: 9,
  queuedBytes: 900,
  inFlight: 10,
  refusals: [],
};

function written(): RecordingMeter {
  const meter = new RecordingMeter();
  const named = new Set(["openai", "openai/gpt-4o"]);
  new SchedulingGauges(meter, { isNamed: (name) => named.has(name), latencySecondsOf: () => 0.25 }).write(state);
  return meter;
}

test("TC-P1-OBS-003 (test_capacity_limits) use and utilisation of each dimension that has a limit", () => {
  const meter = written();
  const value = (name: string, ...labels: string[]) => meter.value(`tokligence_capacity_${name}`, ...labels);
  expect(value("usage", "tokens_per_sec", "openai/gpt-4o")).toBe(750);
  expect(value("utilization", "tokens_per_sec", "openai/gpt-4o")).toBe(0.75);
  expect(value("usage", "concurrent", "openai/gpt-4o")).toBe(4);
  expect(value("utilization", "concurrent", "openai/gpt-4o")).toBe(0.8);
  expect(value("utilization", "rps", "openai")).toBe(1);
  expect(value("utilization", "concurrent", "openai")).toBe(1);
  expect(value("tokens_per_second", "gpt-4o", "openai/gpt-4o")).toBe(750);
  expect(value("tokens_per_second_limit", "gpt-4o", "openai/gpt-4o")).toBe(1_000);
  expect(value("requests_per_second_limit", "*", "openai")).toBe(2);
  expect(value("token_debt", "openai/gpt-4o")).toBe(120);
});

test("queues by level and by pool; what the configuration does not name is counted together", () => {
  const meter = written();
  expect(meter.value("tokligence_scheduling_pool_queue_depth", "openai", "1")).toBe(3);
  expect(meter.value("tokligence_scheduling_pool_queue_depth", "other", "1")).toBe(6);
  expect(meter.value("tokligence_scheduling_predicted_wait_seconds", "other", "1")).toBe(2);
  expect(meter.value("tokligence_scheduling_queued_bytes", "1")).toBe(900);
  expect(meter.value("tokligence_scheduling_oldest_seconds", "1")).toBe(4);
  expect(meter.value("tokligence_inflight_requests", "openai/gpt-4o")).toBe(4);
  expect(meter.value("tokligence_inflight_requests", "other")).toBe(6);
  expect(meter.value("tokligence_concurrency_limit", "openai/gpt-4o")).toBe(5);
  expect(meter.value("tokligence_normalized_latency_seconds", "openai/gpt-4o")).toBe(0.25);
});

test("a pool that nobody names any more is not left standing at its last value", () => {
  const meter = new RecordingMeter();
  const gauges = new SchedulingGauges(meter, { isNamed: () => false });
  gauges.write(state);
  gauges.write({ ...state, pools: state.pools.map((each) => pool(each.name, 0)) });
  expect(meter.value("tokligence_scheduling_pool_queue_depth", "other", "1")).toBe(0);
  expect(meter.value("tokligence_inflight_requests", "other")).toBe(0);
});

test("every level has a depth from the start, and every end its word", () => {
  const meter = new RecordingMeter();
  const decisions = new SchedulingMeter(meter, 3);
  decisions.depth(1, 4);
  decisions.dispatched(1, 250, true);
  decisions.refused(2, "queue_full", 0);
  decisions.refused(2, "queue_timeout", 90_000);
  decisions.refused(2, "evicted", 10);
  decisions.cancelled(0);
  const requests = (...labels: string[]) => meter.value("tokligence_scheduling_requests_total", ...labels);
  expect(meter.value("tokligence_scheduling_queue_depth", "1")).toBe(4);
  expect(meter.observations("tokligence_scheduling_latency_seconds", "1")).toEqual([0.25]);
  expect([requests("1", "dispatched"), requests("2", "rejected"), requests("2", "expired")]).toEqual([1, 1, 1]);
  expect([requests("2", "evicted"), requests("0", "cancelled")]).toEqual([1, 1]);
  expect(meter.value("tokligence_scheduling_rejected_total", "2", "queue_timeout")).toBe(1);
  expect(meter.value("tokligence_scheduling_floor_dispatch_total", "1")).toBe(1);
});

test("what a reload has taken away reads 0, and what is there still reads what it is", () => {
  const meter = new RecordingMeter();
  const gauges = new SchedulingGauges(meter, { isNamed: () => true });
  gauges.write(state);
  gauges.write({ ...state, resources: state.resources.slice(1), pools: [pool("openai", 3)] });
  expect(meter.value("tokligence_inflight_requests", "openai/gpt-4o")).toBe(0);
  expect(meter.value("tokligence_capacity_concurrent_requests", "gpt-4o", "openai/gpt-4o")).toBe(0);
  expect(meter.value("tokligence_capacity_concurrent_requests", "*", "openai")).toBe(4);
  expect(meter.value("tokligence_scheduling_pool_queue_depth", "openai", "1")).toBe(3);
});
