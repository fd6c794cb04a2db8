import { readdirSync } from "node:fs";
import type { Clock } from "#core/effects/clock.ts";
import type { PrometheusRegistry } from "#integrations/telemetry/prometheus.ts";

/** What was built and what runs it. */
export interface BuildFacts {
  readonly version: string;
  readonly commit: string;
  readonly bun: string;
  readonly sqlite: string;
}

/** Adds the `process_*` metrics under their usual names and `tokligence_build_info`, all read at scrape time. */
export function registerProcessMetrics(registry: PrometheusRegistry, clock: Clock, build: BuildFacts): void {
  const startSeconds = (clock.now() - process.uptime() * 1000) / 1000;
  registry.read("counter", "process_cpu_seconds_total", "User and system processor time.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  registry.read("gauge", "process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  registry.read("gauge", "process_open_fds", "Open file descriptors.", openDescriptors);
  registry.read(
    "gauge",
    "process_start_time_seconds",
    "Start of the process since the Unix epoch.",
    () => startSeconds,
  );
  registry
    .gauge("tokligence_build_info", "What was built, always 1.", ["version", "commit", "bun", "sqlite"])
    .set(1, build.version, build.commit, build.bun, build.sqlite);
}

function openDescriptors(): number | undefined {
  try {
    // Reading the directory holds one descriptor itself.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}
