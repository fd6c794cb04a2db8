import { describe, expect, test } from "bun:test";
import { timeRulesPage } from "#settings/describe/time-rules-page.ts";
import { refusal } from "#settings/load-files.test-data.ts";
import { readTimeRules } from "#settings/time-rules/read-time-rules.ts";

const read = (text: string, context = {}) => readTimeRules("/r.ini", context, () => text);

const good = `# weights by day
[rule.weights.day]
type = weight_adjustment
name = "Office hours"
description = interactive work first
start_time = 08:00
end_time = 18:30
days_of_week = mon-thu, Friday
timezone = Europe/Berlin
weights = 256, 128, 64

[rule.quotas.night]
type = quota_adjustment
enabled = no
start_time = 22:00
end_time = 6:00
days_of_week = 6,7
quota.batch-* = concurrent:50, rps:100,tokens_per_sec:2000
quota.*@example.com = rps:1

[rule.capacity.night]
type = capacity_adjustment
start_time = 00:00
end_time = 24:00
target = local/gpt-*
max_concurrent = 5
max_rps = 10
max_tokens_per_sec = 0
`;

test("each kind of rule is read, in order of declaration", () => {
  expect(read(good, { defaultTimezone: "Asia/Singapore" })).toEqual({
    problems: [],
    rules: [
      {
        kind: "weight",
        name: "Office hours",
        description: "interactive work first",
        enabled: true,
        window: { startMinute: 480, endMinute: 1110, days: [1, 2, 3, 4, 5], timezone: "Europe/Berlin" },
        weights: [256, 128, 64],
      },
      {
        kind: "quota",
        name: "rule.quotas.night",
        enabled: false,
        window: { startMinute: 1320, endMinute: 360, days: [6, 7], timezone: "Asia/Singapore" },
        quotas: [
          { pattern: "batch-*", concurrent: 50, requestsPerSecond: 100, tokensPerSecond: 2000 },
          { pattern: "*@example.com", requestsPerSecond: 1 },
        ],
      },
      {
        kind: "capacity",
        name: "rule.capacity.night",
        enabled: true,
        window: { startMinute: 0, endMinute: 1440, days: [], timezone: "Asia/Singapore" },
        target: "local/gpt-*",
        limits: { concurrent: 5, requestsPerSecond: 10, tokensPerSecond: 0 },
      },
    ],
  });
});

test("the example of the reference page is right", () => {
  const example = /```ini\n([^`]*)```/.exec(timeRulesPage)?.[1] ?? "";
  const { rules, problems } = read(example);
  expect([rules.length, problems]).toEqual([3, []]);
});

test("a span of weekdays may go over the end of the week", () => {
  const days = (said: string) =>
    read(
      `[rule.a.b]\ntype = weight_adjustment\nstart_time = 1:00\nend_time = 2:00\nweights = 1\ndays_of_week = ${said}\n`,
    ).rules[0]?.window.days;
  expect(days("sat-mon")).toEqual([1, 6, 7]);
  expect(days("3")).toEqual([3]);
});

const window = "start_time = 1:00\nend_time = 2:00\n";
const weights = `[rule.a.b]\ntype = weight_adjustment\n${window}`;
const capacity = `[rule.a.b]\ntype = capacity_adjustment\n${window}`;
const quota = `[rule.a.b]\ntype = quota_adjustment\n${window}`;

describe("T-51 what is wrong is named with its line", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["[rule.a.b]\nname = x", "/r.ini:2: rule.a.b.type: expected one of weight_adjustment, "],
    [
      "[rule.a.b]\ntype = weight_adjustmnt",
      '/r.ini:2: rule.a.b.type: expected one of weight_adjustment, quota_adjustment, capacity_adjustment; did you mean "weight_adjustment"?',
    ],
    ["[rule.a.b]\ntype = weight_adjustment\nweights = 1", "/r.ini:2: rule.a.b.start_time: is missing"],
    [
      `${weights}weights = 1, 0`,
      "/r.ini:5: rule.a.b.weights: expected whole numbers from 1 to 1000000, one for each of 10 levels",
    ],
    [`${weights}weights = 1,1,1,1,1,1,1,1,1,1,1`, "/r.ini:5: rule.a.b.weights: expected"],
    [weights, "/r.ini:2: rule.a.b.weights: is missing"],
    [`${weights}weights = 1\ntimezone = Mars`, "/r.ini:6: rule.a.b.timezone: expected the name of a time zone"],
    [`${weights}weights = 1\nenabled = maybe`, "/r.ini:6: rule.a.b.enabled: expected true or false"],
    [`${weights}weights = 1\ndays_of_week = mon, nay`, "/r.ini:6: rule.a.b.days_of_week: expected weekdays"],
    [`${weights}weights = 1\ndays_of_week = 0`, "/r.ini:6: rule.a.b.days_of_week: expected weekdays"],
    [`${weights}weigths = 1`, '/r.ini:5: rule.a.b.weigths: unknown key; did you mean "weights"?'],
    [`${weights}weights = 1\nweights = 2`, "/r.ini:6: rule.a.b.weights: already set in line 5"],
    [`${weights}weights = 1\nquota.x = rps:1`, "/r.ini:6: rule.a.b.quota.x: unknown key"],
    [
      `${weights.replace("1:00", "24:00")}weights = 1`,
      '/r.ini:3: rule.a.b.start_time: expected a time of day, HH:MM, got "24:00"',
    ],
    [`${weights.replace("2:00", "2:60")}weights = 1`, "/r.ini:4: rule.a.b.end_time: expected a time of day"],
    [`${quota}quota.x = rps:1,rps:2`, "/r.ini:5: rule.a.b.quota.x: expected concurrent:N, rps:N, tokens_per_sec:N"],
    [`${quota}quota.x = cpu:1`, "/r.ini:5: rule.a.b.quota.x: expected concurrent:N"],
    [quota, "/r.ini:2: rule.a.b: names no quota"],
    [`${capacity}max_rps = 1`, "/r.ini:2: rule.a.b.target: is missing; write provider or provider/model"],
    [`${capacity}target = x`, "/r.ini:2: rule.a.b: names no limit"],
    [
      `${capacity}target = x\nmax_rps = 1.5`,
      "/r.ini:6: rule.a.b.max_rps: expected a whole number from 0 to 1000000000",
    ],
    ["[time_rules]\nenabled = yes", "/r.ini:2: time_rules: expected a section [rule.GROUP.NAME]"],
    ["what", "/r.ini:1: expected key = value"],
  ];
  for (const [text, message] of cases) {
    test(message, () => {
      const { rules, problems } = read(text);
      expect(problems.join("\n")).toContain(message);
      if (!message.includes("already set")) expect(rules).toEqual([]);
    });
  }

  test("everything at once, in the order of the file", () => {
    const { problems } = read(
      `what\n${weights}weights = x\n[rule.c]\na = 1\n${capacity.replace("a.b", "d.e")}max_rps = x\n`,
    );
    expect(problems.map((problem) => /^\/r\.ini:(\d+): (\S+)/.exec(problem)?.slice(1))).toEqual([
      ["1", "expected"],
      ["6", "rule.a.b.weights:"],
      ["8", "rule.c:"],
      ["10", "rule.d.e:"],
      ["10", "rule.d.e.target:"],
      ["13", "rule.d.e.max_rps:"],
    ]);
  });
});

test("a file that is not there, or cannot be read, is a problem and not a crash", () => {
  expect(readTimeRules("/none.ini", {}, () => undefined)).toEqual({
    rules: [],
    problems: ["/none.ini: there is no such file"],
  });
  expect(readTimeRules("/").problems).toEqual(["cannot read / (EISDIR)"]);
});

test("a configuration whose rules are broken is refused with the places in their file", () => {
  const files = {
    "setting.ini": "[time_rules]\nenabled = yes\nfile = hours.ini\n",
    "hours.ini": `${weights}weights = x\n`,
  };
  expect(refusal(files)).toContain("/etc/tokligence/hours.ini:5: rule.a.b.weights: expected");
});
