import { describe, expect, test } from "bun:test";
import { configDir, load, refusal } from "#settings/load-files.test-data.ts";

const scheduling = (ini = "") => load({ "setting.ini": ini }).settings.scheduling;
const refused = (ini: string): string => refusal({ "setting.ini": ini });

test("unset, scheduling is off, and its rules are those of ten levels", () => {
  const { rules, ...rest } = scheduling();
  expect(rest).toEqual({
    enabled: false,
    priorityEnabled: false,
    degradationMode: "disabled",
    defaultLevel: 5,
    priorityRules: [],
    adaptive: false,
  });
  const { levels, ...others } = rules;
  expect(others).toEqual({
    capacityModel: "simple",
    policy: "hybrid",
    maxAgeUs: 60_000_000,
    queueTimeoutUs: 90_000_000,
    maxQueued: 2000,
    tenantSharePermille: 250,
    maxQueuedBytes: 268_435_456,
    costPermille: { input: 1000, cached: 100, output: 4000 },
    probes: 1,
  });
  expect(levels.map(({ floorPermille }) => floorPermille)).toEqual([0, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
  expect(levels.map(({ waitBudgetUs }) => waitBudgetUs / 1_000_000)).toEqual([2, 2, 5, 5, 5, 15, 15, 15, 60, 60]);
  expect(levels.map(({ weight }) => weight).slice(0, 3)).toEqual([1_000_000, 666_667, 444_444]);
});

test("everything said of the scheduler arrives in its units", () => {
  const ini = `[scheduling]
enabled = yes
priority_enabled = yes
capacity_model = multi_dimensional
degradation_mode = fail_open
[scheduler]
priority_levels = 3
default_priority = 2
policy = wfq
ageing_ms = 2000
floors = 0, 2.5, 5
weights = 4, 2, 1
wait_budget_ms = 100, 200, 300
max_queue = 10
tenant_share = 50
max_queue_bytes = 1000
max_age_ms = 5
queue_timeout = 1.5
cost_weights = 2, 0.25, 8
adaptive = true
[circuit_breaker]
probes = 4
`;
  expect(scheduling(ini)).toMatchObject({
    enabled: true,
    priorityEnabled: true,
    degradationMode: "fail_open",
    defaultLevel: 2,
    adaptive: true,
    rules: {
      capacityModel: "multi_dimensional",
      policy: "weighted",
      levels: [
        { floorPermille: 0, weight: 4, waitBudgetUs: 100_000 },
        { floorPermille: 25, weight: 2, waitBudgetUs: 200_000 },
        { floorPermille: 50, weight: 1, waitBudgetUs: 300_000 },
      ],
      ageingStepUs: 2_000_000,
      maxAgeUs: 5000,
      queueTimeoutUs: 1_500_000,
      maxQueued: 10,
      tenantSharePermille: 500,
      maxQueuedBytes: 1000,
      costPermille: { input: 2000, cached: 250, output: 8000 },
      probes: 4,
    },
  });
});

test("with another number of levels the built-in rules scale, and every list is as long as the levels are many", () => {
  for (const count of [1, 2, 5, 31, 32, 100]) {
    const { defaultLevel, rules } = scheduling(`[scheduler]\npriority_levels = ${count}\n`);
    const floors = rules.levels.reduce((sum, { floorPermille }) => sum + floorPermille, 0);
    expect([count, rules.levels.length, defaultLevel < count, floors <= 300]).toEqual([count, count, true, true]);
    expect(rules.levels.every(({ weight }) => Number.isInteger(weight) && weight >= 1)).toBe(true);
    const budgets = rules.levels.map(({ waitBudgetUs }) => waitBudgetUs);
    expect(budgets).toEqual(budgets.toSorted((a, b) => a - b));
  }
  expect(scheduling("[scheduler]\npriority_levels = 5\n").rules.levels.map((level) => level.waitBudgetUs)).toEqual([
    2_000_000, 5_000_000, 15_000_000, 15_000_000, 60_000_000,
  ]);
});

describe("T-51 what contradicts itself is refused with its place", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["[scheduler]\nfloors = 5", "setting.ini:2: scheduler.floors: they are 45 % together; at most 30 % may be kept"],
    ["[scheduler]\nfloors = 0, 1", "setting.ini:2: scheduler.floors: 2 values for 10 levels"],
    ["[scheduler]\npriority_levels = 2\nfloors = 1, 1", "setting.ini:3: scheduler.floors: the first level needs none"],
    ["[scheduler]\nweights = 1, 2", "setting.ini:2: scheduler.weights: 2 values for 10 levels"],
    ["[scheduler]\nwait_budget_ms = 1, 2", "setting.ini:2: scheduler.wait_budget_ms: 2 values for 10 levels"],
    ["[scheduler]\nwait_budget_ms = 1, x", "setting.ini:2: scheduler.wait_budget_ms: expected list of whole numbers"],
    ["[scheduler]\ncost_weights = 1, 2", "setting.ini:2: scheduler.cost_weights: three numbers are needed"],
    [
      "[scheduler]\npriority_levels = 4\ndefault_priority = 5",
      "setting.ini:3: scheduler.default_priority: there are 4 levels, 0 to 3",
    ],
    [
      "[scheduler]\npriority_levels = 101",
      "setting.ini:2: scheduler.priority_levels: expected whole number from 1 to 100",
    ],
    [
      "[priority_rules]\nbatch-* = Blk",
      'setting.ini:2: priority_rules.batch-*: expected a level from 0 to 9, its name, or a tier, got "Blk"; did you mean "Bulk"?',
    ],
    ["[priority_rules]\na = 10", "setting.ini:2: priority_rules.a: expected a level from 0 to 9"],
    ["[provider.x]\ntype = loopback\nmax_rps = 1000000001", "setting.ini:3: provider.x.max_rps: expected whole number"],
    [
      "[time_rules]\ndefault_timezone = Mars/Phobos",
      "setting.ini:2: time_rules.default_timezone: expected name of a time zone",
    ],
    [
      "[time_rules]\nenabled = yes",
      "setting.ini:2: time_rules.file: /etc/tokligence/time-rules.ini: there is no such file",
    ],
  ];
  for (const [ini, message] of cases) {
    test(ini.replaceAll("\n", " "), () => expect(refused(ini)).toContain(`${configDir}/${message}`));
  }
});

test("priority rules keep their patterns and order, in INI and in YAML; a level is a number, a name or a tier", () => {
  const said = { "setting.ini": "[priority_rules]\nci-* = 8\n*@acme.example.com = internal\nnightly = Background\n" };
  const rules = load({ ...said, "config.yaml": "priority_rules: { '*': 6 }" }).settings.scheduling.priorityRules;
  expect(rules).toEqual([
    { pattern: "ci-*", level: 8 },
    { pattern: "*@acme.example.com", level: 0 },
    { pattern: "nightly", level: 9 },
    { pattern: "*", level: 6 },
  ]);
});

test("breaker, rate limits and time rules arrive in their units, with their defaults", () => {
  const { breaker, rateLimit, timeRules } = load({}).settings;
  expect(breaker).toEqual({
    threshold: 5,
    openMs: 30_000,
    failurePercent: 50,
    windowMs: 30_000,
    minimumRequests: 20,
    probes: 1,
  });
  expect(rateLimit).toEqual({ enabled: false, mode: "enforce", requestsPerHour: {}, tokensPerHour: {} });
  expect(timeRules).toEqual({
    enabled: false,
    path: `${configDir}/time-rules.ini`,
    checkIntervalMs: 60_000,
    fileCheckIntervalMs: 30_000,
    defaultTimezone: "UTC",
  });
  const ini = `[rate_limit]
enabled = 1
mode = shadow
per_user = 1000
per_ip = 5000
per_team = 0
tokens_per_key = 7
[circuit_breaker]
threshold = 3
timeout = 30s
[time_rules]
file = rules/hours.ini
default_timezone = Asia/Singapore
`;
  const said = load({ "setting.ini": ini }).settings;
  expect(said.rateLimit).toEqual({
    enabled: true,
    mode: "shadow",
    requestsPerHour: { user: 1000, address: 5000 },
    tokensPerHour: { key: 7 },
  });
  expect(said.breaker).toMatchObject({ threshold: 3, openMs: 30_000 });
  expect(said.timeRules).toMatchObject({ path: `${configDir}/rules/hours.ini`, defaultTimezone: "Asia/Singapore" });
});

test("capacities that do not count are spoken of", () => {
  const limits = "[provider.x]\ntype = loopback\nmax_rps = 3\n[provider.x.m]\nmax_tokens_per_sec = 10\n";
  const notices = (ini: string) => load({ "setting.ini": `${limits}${ini}` }).notices.join("\n");
  expect(notices("")).toContain("capacities of x do not count while scheduling.enabled is false");
  const on = "[scheduling]\nenabled = yes\n";
  expect(notices(on)).toContain("max_tokens_per_sec and max_context_length of x do not count");
  expect(notices(`${on}capacity_model = multi_dimensional\n`)).not.toContain("count");
});
