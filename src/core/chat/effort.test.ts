import { expect, test } from "bun:test";
import { effortBudgets, effortOf, effortOfBudget, efforts, nearestEffort } from "#core/chat/effort.ts";

test("pitfall 47 a level becomes a budget and the same level again", () => {
  for (const effort of efforts) expect(effortOfBudget(effortBudgets[effort])).toBe(effort);
  expect(effortOfBudget(1_000_000)).toBe("max");
  expect(effortOfBudget(-1)).toBeUndefined();
});

test("pitfall 47 the nearest level that there is is found, the lower of two", () => {
  expect(nearestEffort("xhigh", ["low", "medium", "high"])).toBe("high");
  expect(nearestEffort("none", ["minimal", "low"])).toBe("minimal");
  expect(nearestEffort("medium", ["low", "high"])).toBe("low");
  expect(nearestEffort("minimal", ["none", "low"])).toBe("low");
  expect(nearestEffort("low", ["none"])).toBe("none");
  expect(nearestEffort("high", [])).toBeUndefined();
});

test("only levels are levels", () => {
  expect([effortOf("high"), effortOf("much"), effortOf(3)]).toEqual(["high", undefined, undefined]);
});
