import { expect, test } from "bun:test";
import { type Row, table, verdict } from "./report.ts";

const row: Row = { what: "speed", unit: "1/s", gateway: 60, bare: 100, ratio: 0.6, bar: { atLeast: 0.55 } };

test("a bar judges the ratio where there is one, else the gateway's own figure", () => {
  expect(verdict(row)).toBe(true);
  expect(verdict({ ...row, bar: { atMost: 0.5 } })).toBe(false);
  expect(verdict({ what: "memory", unit: "MB", gateway: 91, bar: { atMost: 90 } })).toBe(false);
  expect(verdict({ what: "p50", unit: "ms", gateway: 1 })).toBeUndefined();
});

test("a figure that is not a number never meets a bar", () => {
  expect(verdict({ ...row, ratio: Number.NaN })).toBe(false);
});

test("the table shows both sides, the ratio, the bar and the verdict", () => {
  expect(table([row]).split("\n")[1]).toMatch(/^speed +60\.00 +100 +1\/s +0\.60 +>= 0\.55 +met$/);
});
