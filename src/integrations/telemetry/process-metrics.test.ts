import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { EventLoopLag } from "#integrations/telemetry/event-loop-lag.ts";
import { parseExposition } from "#integrations/telemetry/exposition-parser.ts";
import { registerProcessMetrics } from "#integrations/telemetry/process-metrics.ts";
import { PrometheusRegistry } from "#integrations/telemetry/prometheus.ts";

const build = { version: "1.2.3", commit: "abc", bun: "1.4.5", sqlite: "3.54.1" };

test("the process reports its usual figures and what it was built from", () => {
  const registry = new PrometheusRegistry();
  registerProcessMetrics(registry, new VirtualClock(), build);
  const families = parseExposition(registry.text());
  const value = (name: string) => families.get(name)?.samples[0]?.value ?? Number.NaN;
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  expect(value("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(families.get("tokligence_build_info")?.samples).toEqual([
    { name: "tokligence_build_info", labels: build, value: 1 },
  ]);
});

test("lag of the event loop is sampled until the part stops", async () => {
  const clock = new VirtualClock();
  const registry = new PrometheusRegistry();
  const heard: number[] = [];
  const lag = new EventLoopLag({ clock, meter: registry, onSample: (lagMs) => heard.push(lagMs) });
  const samples = () =>
    parseExposition(registry.text())
      .get("tokligence_event_loop_lag_seconds")
      ?.samples.find(({ name }) => name.endsWith("_count"))?.value;
  await lag.start();
  clock.advance(2000);
  expect(samples()).toBe(4);
  expect(heard).toEqual([0, 0, 0, 0]);
  await lag.stop();
  await lag.stop();
  clock.advance(2000);
  expect(samples()).toBe(4);
});
