import { expect, test } from "bun:test";
import { readSpan, readTime } from "#cli/time.ts";

const now = Date.UTC(2026, 0, 31, 12);

test("spans, dates and full times are understood", () => {
  expect(readTime("90d", now, "future")).toBe("2026-05-01T12:00:00.000Z");
  expect(readTime("12h", now, "past")).toBe("2026-01-31T00:00:00.000Z");
  expect(readTime("2w", now, "past")).toBe("2026-01-17T12:00:00.000Z");
  expect(readTime("2027-01-31", now, "future")).toBe("2027-01-31T00:00:00.000Z");
  expect(readTime("2027-01-31T12:00:00+02:00", now, "future")).toBe("2027-01-31T10:00:00.000Z");
});

test("anything else, impossible days and times gone by are refused", () => {
  for (const text of [
    "",
    "soon",
    "90",
    "2026-13-01",
    "2026-02-31",
    "2026-02-03T25:00:00Z",
    "2026-02-03T10:00",
    "1e9d",
  ]) {
    expect(() => readTime(text, now, "future")).toThrow(/is no time/);
  }
  expect(() => readTime("2026-01-31", now, "future")).toThrow(/has passed/);
});

test("a span alone is its length, and anything else is refused", () => {
  expect(["30m", "24h", "7d", "2w"].map(readSpan)).toEqual([1_800_000, 86_400_000, 604_800_000, 1_209_600_000]);
  for (const text of ["", "24", "1.5h", "-1h", "h"]) expect(() => readSpan(text)).toThrow(/is no span of time/);
});
