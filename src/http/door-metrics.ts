import type { Meter } from "#core/effects/meter.ts";

const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const overheadBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];
const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Where a caller was lost. */
export type LossPhase = "request" | "queued" | "first_byte" | "streaming";

/** What the doors count. `route` is a path template of the route table or `other`, never a path that a caller chose. */
export interface DoorMetrics {
  /** One request, when its answer is complete. */
  request(route: string, method: string, status: number, durationMs: number): void;
  /** Own time of a model call, without waiting for providers. */
  overhead(route: string, overheadMs: number): void;
  streamOpened(): void;
  streamClosed(): void;
  clientLost(phase: LossPhase): void;
}

/** Makes the instruments of the doors. */
export function createDoorMetrics(meter: Meter): DoorMetrics {
  const requests = meter.counter("tokligence_http_requests_total", "HTTP requests answered.", [
    "route",
    "method",
    "code",
  ]);
  const durations = meter.histogram(
    "tokligence_http_request_duration_seconds",
    "Time from arrival to the end of the answer.",
    durationBuckets,
    ["route", "code_class"],
  );
  const overheads = meter.histogram(
    "tokligence_request_overhead_seconds",
    "Own time of a model call until its answer began, without waiting for providers.",
    overheadBuckets,
    ["route"],
  );
  const streams = meter.gauge("tokligence_active_streams", "Streams that run now.");
  const lost = meter.counter("tokligence_client_disconnects_total", "Callers that left before the end.", ["phase"]);
  return {
    request(route, method, status, durationMs) {
      requests.add(1, route, knownMethods.has(method) ? method : "other", String(status));
      durations.observe(durationMs / 1000, route, `${Math.floor(status / 100)}xx`);
    },
    overhead: (route, overheadMs) => overheads.observe(overheadMs / 1000, route),
    streamOpened: () => streams.add(1),
    streamClosed: () => streams.add(-1),
    clientLost: (phase) => lost.add(1, phase),
  };
}
