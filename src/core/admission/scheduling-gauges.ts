import type { Gauge, Meter } from "#core/effects/meter.ts";
import type { CapacityState, DeploymentState, PoolState, SchedulerState } from "#core/scheduler/state.ts";

/** What the gauges need to know beside the state. */
export interface GaugeNames {
  /** Whether the configuration names a deployment or pool: all others are counted together as `other`. */
  readonly isNamed: (name: string) => boolean;
  /** Latency of a deployment against its best, in seconds, where it is followed. */
  readonly latencySecondsOf?: (deployment: string) => number | undefined;
}

/** Dimensions of capacity: the specification's word, the name of the metric, the field of the state. */
const dimensions = [
  ["tokens_per_sec", "tokens_per_second", "tokensPerSecond"],
  ["rps", "requests_per_second", "requestsPerSecond"],
  ["concurrent", "concurrent_requests", "concurrent"],
] as const;

/**
 * The scheduler's state as gauges, to be written when somebody reads the metrics; a request costs nothing here. What was there
 * once and is no more reads 0.
 */
export class SchedulingGauges {
  readonly #meter: Meter;
  readonly #names: GaugeNames;
  /** How to set what was written last to 0, by gauge and labels. */
  #written = new Map<string, () => void>();

  constructor(meter: Meter, names: GaugeNames) {
    this.#meter = meter;
    this.#names = names;
  }

  write(state: SchedulerState): void {
    const before = this.#written;
    this.#written = new Map();
    for (const resource of state.resources) this.#resource(resource);
    this.#levels(state.pools);
    const named = state.pools.filter(({ name }) => this.#names.isNamed(name));
    const others = state.pools.filter(({ name }) => !this.#names.isNamed(name));
    for (const pool of named) this.#pool(pool.name, [pool]);
    if (others.length > 0) this.#pool("other", others);
    this.#deployments(state.pools.flatMap(({ deployments }) => deployments));
    for (const [series, clear] of before) if (!this.#written.has(series)) clear();
  }

  #resource(resource: CapacityState): void {
    const { id, tokenDebt } = resource;
    const slash = id.indexOf("/");
    const model = slash < 0 ? "*" : id.slice(slash + 1);
    for (const [dimension, name, field] of dimensions) {
      const { used, limit } = resource[field];
      this.#gauge(`capacity_${name}`, "Capacity in use.", "model", "deployment").set(used, model, id);
      this.#gauge("capacity_usage", "Capacity in use by dimension.", "dimension", "model").set(used, dimension, id);
      if (limit === undefined) continue;
      this.#gauge(`capacity_${name}_limit`, "Capacity there is.", "model", "deployment").set(limit, model, id);
      const share = limit > 0 ? Math.min(1, used / limit) : 1;
      this.#gauge("capacity_utilization", "Share of capacity in use, 0 to 1.", "dimension", "model").set(
        share,
        dimension,
        id,
      );
    }
    this.#gauge("capacity_token_debt", "Tokens dispatched beyond the rate.", "deployment").set(tokenDebt, id);
  }

  #levels(pools: readonly PoolState[]): void {
    const bytes = this.#gauge("scheduling_queued_bytes", "Bytes of requests that wait.", "priority");
    const oldest = this.#gauge("scheduling_oldest_seconds", "Wait of the oldest that waits.", "priority");
    for (const [level, states] of byLevel(pools)) {
      bytes.set(sum(states.map(({ queuedBytes }) => queuedBytes)), level);
      oldest.set(Math.max(...states.map(({ oldestUs }) => oldestUs)) / 1e6, level);
    }
  }

  #pool(label: string, pools: readonly PoolState[]): void {
    const depth = this.#gauge("scheduling_pool_queue_depth", "Requests that wait, by pool.", "pool", "priority");
    const wait = this.#gauge(
      "scheduling_predicted_wait_seconds",
      "Wait foreseen for a small request that came now.",
      "pool",
      "priority",
    );
    for (const [level, states] of byLevel(pools)) {
      depth.set(sum(states.map(({ queued }) => queued)), label, level);
      wait.set(Math.max(...states.map(({ predictedWaitUs }) => predictedWaitUs)) / 1e6, label, level);
    }
  }

  #deployments(deployments: readonly DeploymentState[]): void {
    const inFlight = this.#gauge("inflight_requests", "Attempts that run.", "deployment");
    const limit = this.#gauge("concurrency_limit", "What concurrency is held to now.", "deployment");
    const latency = this.#gauge("normalized_latency_seconds", "Time to first content as followed.", "deployment");
    let others = 0;
    for (const { id, inFlight: running, ceiling } of deployments) {
      if (!this.#names.isNamed(id)) {
        others += running;
        continue;
      }
      inFlight.set(running, id);
      if (ceiling !== undefined) limit.set(ceiling, id);
      const seconds = this.#names.latencySecondsOf?.(id);
      if (seconds !== undefined) latency.set(seconds, id);
    }
    inFlight.set(others, "other");
  }

  /** Asking for the same again gives the same: families appear when there is something to say in them. */
  #gauge(name: string, help: string, ...labels: readonly string[]): Pick<Gauge, "set"> {
    const gauge = this.#meter.gauge(`tokligence_${name}`, help, labels);
    return {
      set: (value, ...values) => {
        this.#written.set([name, ...values].join("\n"), () => gauge.set(0, ...values));
        gauge.set(value, ...values);
      },
    };
  }
}

function byLevel(pools: readonly PoolState[]): ReadonlyMap<string, PoolState["levels"]> {
  return Map.groupBy(
    pools.flatMap(({ levels }) => levels),
    ({ level }) => String(level),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
