import { key, section } from "#settings/schema/key.ts";
import {
  choice,
  decimal,
  decimals,
  flag,
  path,
  seconds,
  timeZone,
  wholeNumber,
  wholeNumbers,
} from "#settings/schema/value-type.ts";

const shared = "shared stores";
const most = 1_000_000_000;
const hourMs = 3_600_000;

/** Most levels there may be. */
export const mostLevels = 100;

/** `[scheduling]`: whether scarce capacity is ordered by priority. */
export const scheduling = section({
  enabled: key(flag, { default: false, description: "Queue requests when capacity is short." }),
  priority_enabled: key(flag, {
    default: false,
    description: "Order the queue by priority; false gives every request the default level.",
  }),
  capacity_model: key(choice(["simple", "multi_dimensional"]), {
    default: "simple",
    description:
      "What of a capacity counts: simple means requests per second and at once, multi_dimensional tokens per second and " +
      "context length too.",
  }),
  degradation_mode: key(choice(["disabled", "fail_open", "fail_closed"]), {
    default: "disabled",
    description:
      "What happens to requests while the stores of keys are away: fail_open lets those in whose key was seen lately and has " +
      "not changed since, disabled those whose key is in memory until any key changes, fail_closed nobody.",
  }),
});

/** `[scheduler]`: how the queue orders. */
export const scheduler = section({
  priority_levels: key(wholeNumber(1, mostLevels), { default: 10, description: "Number of levels." }),
  default_priority: key(wholeNumber(0, mostLevels - 1), {
    description:
      "Level of a key without its own; 0 is the most urgent. Unset: 5 of ten, the like of it with another number of levels.",
  }),
  policy: key(choice(["strict", "weighted", "hybrid"], { wfq: "weighted" }), {
    default: "hybrid",
    description:
      "How levels share capacity: strictly by number, by weights (wfq means weighted), or strictly but for the floors.",
  }),
  ageing_ms: key(wholeNumber(1, hourMs), {
    unit: "milliseconds",
    description:
      "With the policy strict: a level counts as having arrived this much later than the one above it. Unset: no ageing.",
  }),
  floors: key(decimals(0, 30), {
    default: [1],
    unit: "percent",
    description:
      "With the policy hybrid: share of capacity that each level gets while it has work. One value for all levels but the " +
      "first, or one for each, the first 0; 30 together at most.",
  }),
  weights: key(wholeNumbers(1, 1_000_000), {
    description:
      "With the policy weighted: a share for each level, the most urgent first. Unset: each level has one and a half times " +
      "that of the next.",
  }),
  wait_budget_ms: key(wholeNumbers(0, hourMs), {
    unit: "milliseconds",
    description:
      "Longest foreseen wait that is admitted, one value for all levels or one for each. Unset, with ten levels: 2000 for 0 " +
      "and 1, 5000 up to 4, 15000 up to 7, 60000 for 8 and 9.",
  }),
  max_queue: key(wholeNumber(0, 1_000_000), { default: 2000, unit: "requests", description: "Most that may wait." }),
  tenant_share: key(wholeNumber(1, 100), {
    default: 25,
    unit: "percent",
    description: "Most of max_queue that one tenant may hold.",
  }),
  max_queue_bytes: key(wholeNumber(0, 1_099_511_627_776), {
    default: 268_435_456,
    unit: "bytes",
    description: "Most memory that waiting requests may hold.",
  }),
  max_age_ms: key(wholeNumber(1, hourMs), {
    default: 60_000,
    unit: "milliseconds",
    description: "Whoever has waited longer goes first, whatever the policy.",
  }),
  queue_timeout: key(seconds(0.001), {
    default: 90,
    unit: "seconds",
    description: "Longest wait in the queue; then the request is refused.",
  }),
  cost_weights: key(decimals(0, 1000), {
    default: [1, 0.1, 4],
    description: "What a token counts when tenants share a level: of input, of cached input, of output.",
  }),
  adaptive: key(flag, {
    default: false,
    description: "Let the requests at once to each deployment follow its time to first content.",
  }),
});

/** `[circuit_breaker]`: when a failing provider is left alone. */
export const circuitBreaker = section({
  threshold: key(wholeNumber(0, 100_000), {
    default: 5,
    unit: "failures",
    description: "Failures in a row that open the breaker of a deployment; 0 for never.",
  }),
  timeout: key(seconds(0.001), { default: 30, unit: "seconds", description: "Time the breaker stays open." }),
  failure_rate: key(decimal(0, 100), {
    default: 50,
    unit: "percent",
    description: "Share of failures within the window that opens it too; 0 for never.",
  }),
  window: key(seconds(1), { default: 30, unit: "seconds", description: "How far back the share looks." }),
  minimum_requests: key(wholeNumber(1, 1_000_000), {
    default: 20,
    unit: "requests",
    description: "Requests within the window before the share counts.",
  }),
  probes: key(wholeNumber(1, 1000), {
    default: 1,
    unit: "requests",
    description:
      "Trials at once after the timeout; one that succeeds closes the breaker, one that fails opens it again.",
  }),
});

const rate = (unit: string, description: string) =>
  key(wholeNumber(0, most), { unit, description: `${description}; unset or 0 for no limit.` });
const requests = "requests per hour";
const tokens = "tokens per hour";

/** `[rate_limit]`: what callers may take in an hour, beside the limits of their keys. */
export const rateLimit = section({
  enabled: key(flag, { default: false, description: "Refuse callers beyond these limits." }),
  mode: key(choice(["enforce", "shadow"]), {
    default: "enforce",
    description: "shadow refuses nobody, by the limits of keys either, and counts who would have been.",
  }),
  per_user: rate(requests, "Requests of one user"),
  per_ip: rate(requests, "Requests from one address"),
  per_key: rate(requests, "Requests with one key"),
  per_team: rate(requests, "Requests of one team; who is in none is one alone"),
  tokens_per_user: rate(tokens, "Tokens of one user"),
  tokens_per_ip: rate(tokens, "Tokens of one address"),
  tokens_per_key: rate(tokens, "Tokens of one key"),
  tokens_per_team: rate(tokens, "Tokens of one team; who is in none is one alone"),
});

/** `[time_rules]`: weights, quotas and capacities that change by time of day. */
export const timeRules = section({
  enabled: key(flag, { default: false, description: "Follow the rules of the file." }),
  file: key(path, {
    description: "File with the rules. Unset: time-rules.ini in the configuration directory.",
  }),
  check_interval: key(seconds(1), {
    default: 60,
    unit: "seconds",
    description: "Longest time until a rule that begins or ends takes effect.",
  }),
  file_check_interval: key(seconds(1), {
    default: 30,
    unit: "seconds",
    description: "How often the file is looked at for changes; a broken one leaves the rules as they were.",
  }),
  default_timezone: key(timeZone, {
    default: "UTC",
    description: "Time zone of rules that name none, such as Europe/Berlin.",
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
