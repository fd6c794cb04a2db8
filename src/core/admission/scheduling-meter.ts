import type { Counter, Gauge, Histogram, Meter } from "#core/effects/meter.ts";
import type { RefusalReason } from "#core/scheduler/offer.ts";

/** The specification's bounds, extended to a minute (DESIGN section 4). */
const latencyBuckets = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60];

/** How an offer ends, in the words of the metrics. */
const outcomeOf: Readonly<Record<RefusalReason, "rejected" | "expired" | "evicted">> = {
  predicted_wait: "rejected",
  queue_full: "rejected",
  no_capacity: "rejected",
  evicted: "evicted",
  queue_timeout: "expired",
  deadline_exceeded: "expired",
};

/** What each decision counts, by level. Everything else is read from the scheduler's state (`scheduling-gauges.ts`). */
export class SchedulingMeter {
  readonly #labels: readonly string[];
  readonly #depth: Gauge;
  readonly #latency: Histogram;
  readonly #requests: Counter;
  readonly #rejected: Counter;
  readonly #floors: Counter;

  constructor(meter: Meter, levels: number) {
    this.#labels = Array.from({ length: levels }, (_, level) => String(level));
    this.#depth = meter.gauge("tokligence_scheduling_queue_depth", "Requests that wait for capacity.", ["priority"]);
    this.#latency = meter.histogram(
      "tokligence_scheduling_latency_seconds",
      "Time from arrival at the scheduler to its decision.",
      latencyBuckets,
      ["priority"],
    );
    this.#requests = meter.counter(
      "tokligence_scheduling_requests_total",
      "Requests by what the scheduler did with them.",
      ["priority", "outcome"],
    );
    this.#rejected = meter.counter("tokligence_scheduling_rejected_total", "Requests turned away by reason.", [
      "priority",
      "reason",
    ]);
    this.#floors = meter.counter(
      "tokligence_scheduling_floor_dispatch_total",
      "Turns that the floor of a level gave.",
      ["priority"],
    );
    for (const label of this.#labels) this.#depth.set(0, label);
  }

  depth(level: number, depth: number): void {
    this.#depth.set(depth, this.#label(level));
  }

  dispatched(level: number, tookMs: number, byFloor: boolean): void {
    const label = this.#label(level);
    if (byFloor) this.#floors.add(1, label);
    this.#requests.add(1, label, "dispatched");
    this.#latency.observe(tookMs / 1000, label);
  }

  refused(level: number, reason: RefusalReason, tookMs: number): void {
    const label = this.#label(level);
    this.#requests.add(1, label, outcomeOf[reason]);
    this.#rejected.add(1, label, reason);
    this.#latency.observe(tookMs / 1000, label);
  }

  cancelled(level: number): void {
    this.#requests.add(1, this.#label(level), "cancelled");
  }

  #label(level: number): string {
    return this.#labels[level] ?? "other";
  }
}
