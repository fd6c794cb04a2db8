import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { budgetWindows, periodEnd, periodStart, scopeText } from "#core/budgets/budget.ts";

const text = (atMs: number | undefined): string | undefined =>
  atMs === undefined ? undefined : new Date(atMs).toISOString();
const window = (kind: "day" | "month", at: string) => {
  const start = periodStart(kind, Date.parse(at));
  return [text(start), text(periodEnd(kind, start))];
};

const hostZone = process.env["TZ"];
afterEach(() => {
  if (hostZone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = hostZone;
});

describe("L12: windows", () => {
  test("a day begins at midnight UTC, to the millisecond", () => {
    expect(window("day", "2026-03-08T23:59:59.999Z")).toEqual(["2026-03-08T00:00:00.000Z", "2026-03-09T00:00:00.000Z"]);
    expect(window("day", "2026-03-09T00:00:00.000Z")).toEqual(["2026-03-09T00:00:00.000Z", "2026-03-10T00:00:00.000Z"]);
  });

  test("F68 months are as long as they are: leap years, year ends", () => {
    expect(window("month", "2028-02-29T23:59:59.999Z")).toEqual([
      "2028-02-01T00:00:00.000Z",
      "2028-03-01T00:00:00.000Z",
    ]);
    expect(window("month", "2026-12-31T12:00:00.000Z")).toEqual([
      "2026-12-01T00:00:00.000Z",
      "2027-01-01T00:00:00.000Z",
    ]);
  });

  test("a total never begins anew", () => {
    expect([periodStart("total", Date.now()), periodEnd("total", 0)]).toEqual([0, undefined]);
  });

  test("F68 are the same in every zone of the host, across its changes of the clock", () => {
    const moments = [
      "2026-03-08T06:59:59.999Z",
      "2026-03-08T07:00:00Z",
      "2026-03-29T01:00:00Z",
      "2026-11-01T06:30:00Z",
    ];
    const all = () => moments.map((at) => [window("day", at), window("month", at)]);
    process.env["TZ"] = "UTC";
    const expected = all();
    for (const zone of ["America/New_York", "Europe/Berlin", "Pacific/Kiritimati", "Australia/Lord_Howe"]) {
      process.env["TZ"] = zone;
      expect(new Date(Date.UTC(2026, 5, 1)).getTimezoneOffset()).not.toBe(0);
      expect(all()).toEqual(expected);
    }
  });

  test("F68 a clock that is stepped an hour over midnight moves calls to the window it says, and back", () => {
    const clock = new VirtualClock(Date.parse("2026-01-31T23:30:00Z"));
    const running = () => text(periodStart("month", clock.now()));
    const before = running();
    clock.stepWall(3_600_000);
    expect([before, running()]).toEqual(["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]);
    clock.stepWall(-3_600_000);
    expect(running()).toBe(before);
  });

  test("any moment lies in exactly one window of each kind, and windows follow one another without a gap", () => {
    const moment = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
    const kind = fc.constantFrom(...budgetWindows);
    fc.assert(
      fc.property(moment, kind, (atMs, of) => {
        const start = periodStart(of, atMs);
        const end = periodEnd(of, start) ?? Infinity;
        expect([start <= atMs, atMs < end, periodStart(of, start)]).toEqual([true, true, start]);
        if (end !== Infinity) expect([periodStart(of, end), periodStart(of, end - 1)]).toEqual([end, start]);
      }),
    );
  });
});

test("a scope is written as people write it", () => {
  expect(scopeText({ scope: "org", scopeId: "org" })).toBe("org");
  expect(scopeText({ scope: "tag", scopeId: "ci" })).toBe("tag:ci");
});
