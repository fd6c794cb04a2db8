import { key, section } from "#settings/schema/key.ts";
import { choice, flag, seconds, wholeNumber } from "#settings/schema/value-type.ts";

const scheduling_ = "the scheduler";
const shared = "shared stores";

/** `[scheduling]`: whether scarce capacity is ordered by priority. */
export const scheduling = section({
  enabled: key(flag, { default: false, description: "Queue requests when capacity is short.", awaits: scheduling_ }),
  priority_enabled: key(flag, { default: false, description: "Order the queue by priority.", awaits: scheduling_ }),
  capacity_model: key(choice(["simple", "multi_dimensional"]), {
    default: "simple",
    description: "Whether capacity is one number or several at once.",
    awaits: scheduling_,
  }),
  degradation_mode: key(choice(["disabled", "fail_open", "fail_closed"]), {
    default: "disabled",
    description: "What happens to requests while the scheduler's stores are away.",
    awaits: scheduling_,
  }),
});

/** `[scheduler]`: how the queue orders. */
export const scheduler = section({
  priority_levels: key(wholeNumber(1, 100), { default: 10, description: "Number of levels.", awaits: scheduling_ }),
  default_priority: key(wholeNumber(0, 99), {
    default: 5,
    description: "Level of a key without its own; 0 is the most urgent.",
    awaits: scheduling_,
  }),
  policy: key(choice(["strict", "weighted", "hybrid"], { wfq: "weighted" }), {
    default: "hybrid",
    description: "How levels share capacity; wfq means weighted.",
    awaits: scheduling_,
  }),
});

/** `[circuit_breaker]`: when a failing provider is left alone. */
export const circuitBreaker = section({
  threshold: key(wholeNumber(1, 100_000), {
    unit: "failures",
    description: "Failures in a row that open the breaker.",
    awaits: "the circuit breaker",
  }),
  timeout: key(seconds(0.001), {
    unit: "seconds",
    description: "Time the breaker stays open.",
    awaits: "the circuit breaker",
  }),
});

/** `[snapshot_cache]`: identities kept for when the store is away. */
export const snapshotCache = section({
  enabled: key(flag, { default: false, description: "Keep a snapshot of known keys.", awaits: shared }),
  refresh_interval: key(seconds(0.001), {
    unit: "seconds",
    description: "Age at which the snapshot is renewed.",
    awaits: shared,
  }),
});
