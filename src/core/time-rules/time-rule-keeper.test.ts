import { describe, expect, test } from "bun:test";
import { RecordingLog } from "#core/effects/recording-log.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { rules as plainRules } from "#core/admission/admission-bench.test-data.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { TimeRuleKeeper, type TimeRulesRead } from "#core/time-rules/time-rule-keeper.ts";
import type { QuotaAdjustment, RuleChange, RuleWindow, TimeRule } from "#core/time-rules/time-rules.ts";

const hour = 3_600_000;
const noon = Date.parse("2026-03-03T12:00:00Z");

function rule(name: string, startHour: number, endHour: number, change: RuleChange): TimeRule {
  const window: RuleWindow = { startMinute: startHour * 60, endMinute: endHour * 60, days: [], timezone: "UTC" };
  return { name, enabled: true, window, ...change };
}

const fewer = rule("fewer", 14, 16, { kind: "capacity", target: "a*", limits: { concurrent: 1 } });
const heavier = rule("heavier", 13, 15, { kind: "weight", weights: [100, 50] });
const slower = rule("slower", 13, 14, { kind: "quota", quotas: [{ pattern: "batch-*", requestsPerSecond: 1 }] });

/** A keeper, the scheduler and limiter it acts on, and a file that a test writes. */
function bench(first: TimeRulesRead, said: { readonly policy?: SchedulingRules["policy"]; readonly off?: true } = {}) {
  const clock = new VirtualClock(noon);
  const log = new RecordingLog();
  const done: string[] = [];
  const quotas: (readonly QuotaAdjustment[])[] = [];
  let file: TimeRulesRead | undefined = first;
  let reads = 0;
  const rules: SchedulingRules = { ...plainRules, policy: said.policy ?? "weighted" };
  const machine = {
    setRules: (_: number, { levels }: SchedulingRules) =>
      void done.push(`weights ${levels.slice(0, 3).map(({ weight }) => weight)}`),
    setLimits: (_: number, id: string, limits: CapacityLimits) => void done.push(`${id} ${JSON.stringify(limits)}`),
  };
  const keeper = new TimeRuleKeeper({
    clock,
    log,
    checkIntervalMs: 60_000,
    fileCheckIntervalMs: 30_000,
    read() {
      reads += 1;
      const now = file;
      file = undefined;
      return now;
    },
    limiter: { setQuotaRules: (adjustments) => void quotas.push(adjustments) },
    ...(said.off
      ? {}
      : {
          scheduler: {
            rules,
            resources: [
              { id: "a", limits: { concurrent: 10, tokensPerSecond: 500 } },
              { id: "b", limits: { concurrent: 5 } },
            ],
            change: (act) => act(machine, clock.monotonic() * 1000),
          },
        }),
  });
  const write = (next: TimeRulesRead) => {
    file = next;
  };
  const active = () => keeper.active.map(({ name }) => name);
  return { clock, log, done, quotas, keeper, write, active, reads: () => reads };
}

describe("rules of the hour", () => {
  test("act when they begin, to the minute, and what was configured comes back when they end", async () => {
    const { clock, done, quotas, keeper, active } = bench({ rules: [fewer, heavier, slower], problems: [] });
    await keeper.start();
    expect([done, quotas, active()]).toEqual([[], [], []]);
    clock.advance(hour - 1);
    expect(active()).toEqual([]);
    clock.advance(1);
    expect(active()).toEqual(["heavier", "slower"]);
    expect(done).toEqual(["weights 100,50,1"]);
    expect(quotas).toEqual([[{ pattern: "batch-*", requestsPerSecond: 1 }]]);
    clock.advance(hour);
    expect(active()).toEqual(["fewer", "heavier"]);
    expect(done.slice(1)).toEqual(['a {"concurrent":1,"tokensPerSecond":500}']);
    expect(quotas.at(-1)).toEqual([]);
    clock.advance(2 * hour);
    expect(active()).toEqual([]);
    expect(done.slice(2)).toEqual(["weights 1,1,1", 'a {"concurrent":10,"tokensPerSecond":500}']);
    await keeper.stop();
    expect(clock.pending).toBe(0);
  });

  test("hold from the start where their hour has come already, and are said in the log once", async () => {
    const now = rule("now", 0, 24, { kind: "capacity", target: "b", limits: { concurrent: 2 } });
    const { clock, done, log, keeper } = bench({ rules: [now], problems: [] });
    await keeper.start();
    clock.advance(3 * hour);
    expect(done).toEqual(['b {"concurrent":2}']);
    expect(log.events).toEqual(["time_rules_read", "time_rules_changed"]);
    expect(log.lines.at(-1)?.fields).toEqual({ active: ["now"] });
  });

  test("F68 follow a clock that is set back or forth, at the next look", async () => {
    const { clock, keeper, active } = bench({ rules: [fewer], problems: [] });
    await keeper.start();
    clock.stepWall(3 * hour);
    clock.advance(60_000);
    expect(active()).toEqual(["fewer"]);
    clock.stepWall(-3 * hour);
    clock.advance(60_000);
    expect(active()).toEqual([]);
  });
});

describe("the file", () => {
  test("is read again while serving, and a change acts at once", async () => {
    const { clock, done, keeper, write, active, reads } = bench({ rules: [], problems: [] });
    await keeper.start();
    const now = rule("now", 0, 24, { kind: "capacity", target: "b", limits: { concurrent: 2 } });
    write({ rules: [now], problems: [] });
    clock.advance(30_000);
    expect(active()).toEqual(["now"]);
    write({ rules: [{ ...now, enabled: false }], problems: [] });
    clock.advance(30_000);
    expect(active()).toEqual([]);
    expect(done).toEqual(['b {"concurrent":2}', 'b {"concurrent":5}']);
    expect(reads()).toBe(3);
  });

  test("with a mistake leaves the old rules in force, and log and state name the place", async () => {
    const { clock, log, keeper, write, active } = bench({ rules: [fewer], problems: [] });
    await keeper.start();
    clock.advance(2 * hour);
    const problems = ["/r.ini:3: rule.a.b.weights: expected whole numbers"];
    write({ rules: [heavier], problems });
    clock.advance(30_000);
    expect(active()).toEqual(["fewer"]);
    expect(keeper.state()).toMatchObject({ problems, readAtMs: noon });
    expect(log.lines.filter(({ level }) => level === "warn")).toEqual([
      { level: "warn", event: "time_rules_refused", fields: { problems } },
    ]);
    clock.advance(2 * hour);
    expect(active()).toEqual([]);
    write({ rules: [heavier], problems: [] });
    keeper.reload();
    expect(keeper.state()).toMatchObject({ problems: [], rules: [{ rule: heavier }] });
  });
});

test("its state says when rules last began to hold and when others will", async () => {
  const { clock, keeper } = bench({ rules: [fewer, slower], problems: [] });
  await keeper.start();
  clock.advance(hour);
  expect(keeper.state()).toMatchObject({
    rules: [
      { active: false, lastAppliedMs: undefined },
      { active: true, lastAppliedMs: noon + hour },
    ],
    nextChangeMs: noon + 2 * hour,
  });
});

test("it knows the names that rules go by, also of those that do not hold", async () => {
  const { keeper } = bench({ rules: [fewer, slower], problems: [] });
  await keeper.start();
  expect(keeper.active).toEqual([]);
  expect(keeper.ruledNames).toEqual(["batch-*"]);
});

test("a rule that can change nothing says why", async () => {
  const nowhere = rule("nowhere", 0, 24, { kind: "capacity", target: "c/*", limits: { concurrent: 2 } });
  const file = { rules: [nowhere, heavier, slower], problems: [] };
  const why = async (said: Parameters<typeof bench>[1]) => {
    const { keeper } = bench(file, said);
    await keeper.start();
    return keeper.state().rules.map(({ withoutEffect }) => withoutEffect);
  };
  expect(await why({})).toEqual(["no capacity is configured for c/*", undefined, undefined]);
  expect((await why({ policy: "strict" }))[1]).toBe(
    "weights count under scheduler.policy = weighted alone, not strict",
  );
  expect(await why({ off: true })).toEqual(["scheduling is off", "scheduling is off", undefined]);
});
