import type { Clock } from "#core/effects/clock.ts";
import type { Meter } from "#core/effects/meter.ts";
import { nullMeter } from "#core/effects/null-meter.ts";
import { registerProcessMetrics } from "#integrations/telemetry/process-metrics.ts";
import { PrometheusRegistry } from "#integrations/telemetry/prometheus.ts";
import { commit, version } from "#platform/version.ts";
import type { Settings } from "#settings/settings.ts";

/** Where everything is counted, and how it is read. */
export interface Metrics {
  readonly meter: Meter;
  /** The metrics page. */
  readonly text: () => string;
  /** `refresh` is called before the page is read, to bring gauges up to date. */
  onRead(refresh: () => void): void;
}

/** Metrics of this process; where they are off nothing is counted but the process itself. */
export function openMetrics(settings: Settings, clock: Clock): Metrics {
  const registry = new PrometheusRegistry();
  registerProcessMetrics(registry, clock, {
    version,
    commit,
    bun: Bun.version,
    sqlite: process.versions["sqlite"] ?? "unknown",
  });
  const refreshes: (() => void)[] = [];
  return {
    meter: settings.metrics.enabled ? registry : nullMeter,
    text() {
      for (const refresh of refreshes) refresh();
      return registry.text();
    },
    onRead: (refresh) => void refreshes.push(refresh),
  };
}
