import { expect, test } from "bun:test";
import { demandOf } from "#core/sharing/node-demand.ts";
import type { SchedulerState } from "#core/scheduler/state.ts";

const level = { queuedBytes: 0, oldestUs: 0, predictedWaitUs: 0 };
const state: SchedulerState = {
  resources: [
    {
      id: "local/m",
      tokensPerSecond: { used: 4_000, limit: 6_400 },
      requestsPerSecond: { used: 8, limit: undefined },
      concurrent: { used: 3, limit: 5 },
      tokenDebt: 70,
    },
  ],
  pools: [
    {
      name: "p",
      deployments: [
        { id: "local/m", health: "closed", inFlight: 3, ceiling: undefined, pausedForUs: 0, resources: ["local/m"] },
      ],
      levels: [
        { level: 0, queued: 2, ...level },
        { level: 1, queued: 1, ...level },
      ],
      tenants: [],
    },
  ],
  queued: 3,
  queuedBytes: 0,
  inFlight: 3,
  refusals: [],
};

test("a node wants twice what it used, a little more, its debt, and what waits at the usual size", () => {
  expect(demandOf(state, "local/m", { tokensPerSecond: 6_400 })).toEqual({
    tokens: 2_050 + 3 * 500 + 70,
    requests: 4 + 3,
    running: 3,
    waiting: 3,
  });
});

test("a resource that was never used wants a little of each limit", () => {
  const limits = { tokensPerSecond: 6_400, requestsPerSecond: 1 };
  expect(demandOf(state, "other", limits)).toEqual({ tokens: 50, requests: 1, running: 0, waiting: 0 });
});
