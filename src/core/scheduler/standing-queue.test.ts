import { expect, test } from "bun:test";
import { StandingQueue } from "#core/scheduler/standing-queue.ts";

const secondUs = 1_000_000;
const budgetUs = 2 * secondUs;

test("a burst that is worked off keeps its whole budget", () => {
  const queue = new StandingQueue();
  queue.began(0);
  for (let waitedUs = budgetUs; waitedUs > 0; waitedUs -= 10_000) queue.served(budgetUs - waitedUs, waitedUs, budgetUs);
  expect(queue.budgetUs(budgetUs)).toBe(budgetUs);
});

test("a queue in which nobody waits shortly any more admits a quarter of the wait, until it has been empty once", () => {
  const queue = new StandingQueue();
  queue.began(0);
  for (let nowUs = secondUs; nowUs <= 11 * secondUs; nowUs += secondUs) queue.served(nowUs, secondUs, budgetUs);
  expect(queue.budgetUs(budgetUs)).toBe(budgetUs / 4);
  queue.served(12 * secondUs, 10, budgetUs);
  expect(queue.budgetUs(budgetUs)).toBe(budgetUs / 4);
  queue.emptied();
  expect(queue.budgetUs(budgetUs)).toBe(budgetUs);
});

test("one short wait in time shows that the queue still empties", () => {
  const queue = new StandingQueue();
  queue.began(0);
  for (let nowUs = secondUs; nowUs <= 60 * secondUs; nowUs += secondUs) {
    queue.served(nowUs, nowUs % (9 * secondUs) === 0 ? 1_000 : secondUs, budgetUs);
  }
  expect(queue.budgetUs(budgetUs)).toBe(budgetUs);
});
