import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isTimezone, localTime, offsetMinutes } from "#core/time-rules/local-time.ts";
import {
  activeRules,
  capacityInForce,
  nextChangeMs,
  quotasInForce,
  type RuleChange,
  type RuleWindow,
  type TimeRule,
  weightsInForce,
} from "#core/time-rules/time-rules.ts";

const utc = (text: string): number => Date.parse(`${text}Z`);
const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
const weights: RuleChange = { kind: "weight", weights: [3, 1] };

function rule(from: string, to: string, more: Partial<RuleWindow> = {}, change: RuleChange = weights): TimeRule {
  const window: RuleWindow = {
    startMinute: minutes(from),
    endMinute: minutes(to),
    days: [],
    timezone: "UTC",
    ...more,
  };
  return { name: `${from}-${to}`, enabled: true, window, ...change };
}

const holds = (one: TimeRule, at: string): boolean => activeRules([one], utc(at)).length === 1;

describe("a rule by time of day", () => {
  test("holds from its start on, and no longer at its end", () => {
    const office = rule("09:00", "17:30");
    expect(holds(office, "2026-03-03T08:59:59.999")).toBe(false);
    expect(holds(office, "2026-03-03T09:00")).toBe(true);
    expect(holds(office, "2026-03-03T17:29:59.999")).toBe(true);
    expect(holds(office, "2026-03-03T17:30")).toBe(false);
    expect(holds({ ...office, enabled: false }, "2026-03-03T12:00")).toBe(false);
  });

  test("that starts when it ends holds all day, and one may end at 24:00", () => {
    expect(holds(rule("00:00", "00:00", { days: [2] }), "2026-03-03T23:59")).toBe(true);
    expect(holds(rule("00:00", "00:00", { days: [2] }), "2026-03-04T00:00")).toBe(false);
    expect(holds(rule("06:00", "06:00", { days: [2] }), "2026-03-04T05:59")).toBe(true);
    expect(holds(rule("22:00", "24:00"), "2026-03-03T23:59")).toBe(true);
    expect(holds(rule("22:00", "24:00"), "2026-03-04T00:00")).toBe(false);
  });

  test("over midnight belongs to the day on which it started", () => {
    const friday = rule("22:00", "06:00", { days: [5] });
    expect(holds(friday, "2026-03-06T05:00")).toBe(false);
    expect(holds(friday, "2026-03-06T22:00")).toBe(true);
    expect(holds(friday, "2026-03-07T05:59")).toBe(true);
    expect(holds(friday, "2026-03-07T06:00")).toBe(false);
    expect(holds(friday, "2026-03-07T23:00")).toBe(false);
    expect(holds(rule("22:00", "06:00", { days: [7] }), "2026-03-09T01:00")).toBe(true);
  });

  test("goes by the clock of its zone, its weekday included", () => {
    const monday = rule("08:00", "09:00", { timezone: "Asia/Singapore", days: [1] });
    expect(holds(monday, "2026-03-02T00:30")).toBe(true);
    expect(holds(monday, "2026-03-02T08:30")).toBe(false);
    expect(holds(rule("00:00", "07:00", { timezone: "Asia/Singapore", days: [1] }), "2026-03-01T16:00")).toBe(true);
  });

  test("F68 that would begin in the hour which summer time swallows begins behind it", () => {
    // Europe/Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    const early = rule("02:30", "04:00", { timezone: "Europe/Berlin" });
    expect(holds(early, "2026-03-29T00:59")).toBe(false);
    expect(holds(early, "2026-03-29T01:00")).toBe(true);
    expect(holds(early, "2026-03-29T02:00")).toBe(false);
    expect(nextChangeMs([early], utc("2026-03-29T00:10"))).toBe(utc("2026-03-29T01:00"));
    const swallowed = rule("02:10", "02:50", { timezone: "Europe/Berlin" });
    expect(nextChangeMs([swallowed], utc("2026-03-28T12:00"))).toBe(utc("2026-03-30T00:10"));
  });

  test("F68 holds twice in the hour which winter time repeats", () => {
    // Europe/Berlin, 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
    const repeated = rule("02:00", "02:30", { timezone: "Europe/Berlin", days: [7] });
    expect(["00:00", "00:30", "01:00", "01:30"].map((at) => holds(repeated, `2026-10-25T${at}`))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(nextChangeMs([repeated], utc("2026-10-25T00:30"))).toBe(utc("2026-10-25T01:00"));
    const night = rule("22:00", "06:00", { timezone: "Europe/Berlin", days: [6] });
    expect(nextChangeMs([night], utc("2026-10-24T20:00"))).toBe(utc("2026-10-25T05:00"));
  });
});

describe("rules that hold together", () => {
  const always = { startMinute: 0, endMinute: 0, days: [], timezone: "UTC" };
  const all = (...changes: RuleChange[]): readonly TimeRule[] =>
    activeRules(
      changes.map((change, index) => ({ name: `${index}`, enabled: true, window: always, ...change })),
      0,
    );

  test("the last one's weights win, and without one the configured ones stay", () => {
    expect(weightsInForce(all({ kind: "weight", weights: [1] }, { kind: "weight", weights: [2] }))).toEqual([2]);
    expect(weightsInForce(all())).toBeUndefined();
  });

  test("the last capacity whose target matches wins, and leaves what it does not name", () => {
    const active = all(
      { kind: "capacity", target: "*", limits: { concurrent: 1 } },
      { kind: "capacity", target: "local/*", limits: { requestsPerSecond: 7 } },
    );
    expect(capacityInForce(active, "local/a", { concurrent: 9 })).toEqual({ concurrent: 9, requestsPerSecond: 7 });
    expect(capacityInForce(active, "openai", { concurrent: 9 })).toEqual({ concurrent: 1 });
    expect(capacityInForce(all(), "openai", { concurrent: 9 })).toEqual({ concurrent: 9 });
  });

  test("the last quota of a pattern wins, those of others stay", () => {
    const active = all(
      {
        kind: "quota",
        quotas: [
          { pattern: "a*", concurrent: 1 },
          { pattern: "b", concurrent: 2 },
        ],
      },
      { kind: "quota", quotas: [{ pattern: "a*", requestsPerSecond: 3 }] },
    );
    expect(quotasInForce(active)).toEqual([
      { pattern: "b", concurrent: 2 },
      { pattern: "a*", requestsPerSecond: 3 },
    ]);
  });
});

test("the next change is the first minute at which other rules hold, in every zone and over every clock change", () => {
  const minute = fc.integer({ min: 0, max: 1_439 });
  const window = fc.record({
    startMinute: minute,
    endMinute: minute,
    days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
    timezone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Singapore", "Australia/Lord_Howe", "America/St_Johns"),
  });
  // Days around the changes of 2026 in the north and the south.
  const start = fc.constantFrom("2026-03-28T20:00", "2026-10-24T20:00", "2026-04-04T10:00", "2026-06-01T00:00");
  fc.assert(
    fc.property(window, start, minute, (made, from, later) => {
      const rules = [{ ...rule("00:00", "01:00"), window: made }];
      const nowMs = utc(from) + later * 60_000;
      const active = activeRules(rules, nowMs).length;
      let expected: number | undefined;
      for (let at = nowMs; at < nowMs + 2 * 86_400_000 && expected === undefined; at += 60_000) {
        if (activeRules(rules, at).length !== active) expected = at;
      }
      const found = nextChangeMs(rules, nowMs);
      if (expected === undefined) expect(found ?? Infinity).toBeGreaterThanOrEqual(nowMs + 2 * 86_400_000);
      else expect(found).toBe(expected);
    }),
    { numRuns: 60 },
  );
});

test("rules that always or never hold change nothing, ever", () => {
  expect(nextChangeMs([], 0)).toBeUndefined();
  expect(nextChangeMs([rule("00:00", "00:00")], 0)).toBeUndefined();
  expect(nextChangeMs([{ ...rule("09:00", "10:00"), enabled: false }], 0)).toBeUndefined();
});

test("zones are those of the IANA database, and tell the time before 1970 too", () => {
  expect(isTimezone("Europe/Berlin")).toBe(true);
  expect(isTimezone("Mars/Olympus")).toBe(false);
  expect(offsetMinutes("Asia/Kathmandu", 0)).toBe(330);
  expect(localTime("UTC", 0)).toEqual({ weekday: 4, minuteOfDay: 0 });
  expect(localTime("UTC", -1)).toEqual({ weekday: 3, minuteOfDay: 1_439 });
});
