import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { RetryBudget } from "#core/routing/retry-budget.ts";

test("the budget says how full it is: three retries empty it, requests and time fill it, and it is never over-full", () => {
  const clock = new VirtualClock();
  const budget = new RetryBudget(clock);
  expect(budget.ratio).toBe(1);
  expect([budget.spend(), budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, true, false]);
  expect(budget.ratio).toBe(0);
  for (let request = 0; request < 3; request += 1) budget.earn();
  expect(budget.ratio).toBeCloseTo(0.1);
  clock.advance(1_500);
  expect(budget.ratio).toBeCloseTo(0.2);
  clock.advance(60_000);
  budget.earn();
  expect(budget.ratio).toBe(1);
});

test("asking how full it is changes nothing of what may be spent", () => {
  const clock = new VirtualClock();
  const [asked, left] = [new RetryBudget(clock), new RetryBudget(clock)];
  for (const budget of [asked, left]) while (budget.spend());
  for (let step = 0; step < 50; step += 1) {
    clock.advance(100.5);
    expect(asked.ratio).toBeGreaterThan(0);
  }
  expect([asked.spend(), asked.spend()]).toEqual([left.spend(), left.spend()]);
});
