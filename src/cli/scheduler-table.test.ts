import { describe, expect, test } from "bun:test";
import type { ExplanationView, PoolOutcome, RoutedView } from "#core/api/explanation.ts";
import type { SchedulerAtWorkView } from "#core/api/scheduling.ts";
import { explanationText } from "#cli/explanation-text.ts";
import { bytesText, countText, manyText, spanText } from "#cli/quantity-text.ts";
import { routeText } from "#cli/route-text.ts";
import { schedulerText } from "#cli/scheduler-table.ts";

type PoolView = SchedulerAtWorkView["pools"][number];

const long = `org/${"a-very-long-model-name-".repeat(4)}70b`;

function pool(name: string, queued: number, waitMs = 0): PoolView {
  return {
    name,
    deployments: [
      { id: name, health: "closed", in_flight: queued, concurrency_limit: 2, paused_ms: 0, resources: [name] },
    ],
    levels: [
      { priority: 0, level: "P0 Critical", queued: 0, queued_bytes: 0, oldest_ms: 0, predicted_wait_ms: waitMs },
      { priority: 9, level: "P9 Background", queued, queued_bytes: 0, oldest_ms: 30_000, predicted_wait_ms: waitMs },
    ],
    tenants: [{ tenant: "usr_1", queued, in_flight: 2 }],
  };
}

const idle = { used: 0, limit: null };
const status: SchedulerAtWorkView = {
  enabled: true,
  policy: "hybrid",
  capacity_model: "multi_dimensional",
  priority_levels: 10,
  queued: 1_200,
  queued_bytes: 3_500_000,
  in_flight: 1,
  degraded: [],
  time_rules: [],
  capacity: [
    { id: "acme", tokens_per_sec: { used: 9_800, limit: 10_000 }, rps: idle, concurrent: idle, token_debt: 500 },
  ],
  pools: [pool("acme/m", 4, 4_200)],
  refusals: [],
};

describe("the table of the scheduler", () => {
  test("is one sentence where scheduling is off, and what is given up if anything is", () => {
    const off = { enabled: false as const, message: "Scheduling is off.", degraded: [] };
    expect(schedulerText(off)).toBe("Scheduling is off.");
    expect(schedulerText({ ...off, degraded: ["known_keys_only", "spooling"] })).toBe(
      "Scheduling is off.\nDegraded: known_keys_only, spooling",
    );
  });

  test("tells what waits, at which level, for how long, and who", () => {
    expect(schedulerText(status)).toBe(`1,200 queued (3.3 MiB), 1 in flight; hybrid, 10 levels

CAPACITY         TOKENS/S  DEBT  REQUESTS/S  AT ONCE
acme      9,800 of 10,000   500           0        0

POOL acme/m
  DEPLOYMENT  STATE    IN FLIGHT
  acme/m      healthy     4 of 2
  LEVEL          QUEUED  OLDEST  WAIT NOW
  P0 Critical         0             4.2 s
  P9 Background       4    30 s     4.2 s
  TENANT  QUEUED  IN FLIGHT
  usr_1        4          2`);
  });

  test("fits 80 columns whatever things are called", () => {
    const refusals = [
      { ago_ms: 1_000, priority: 9, level: "P9 Background", tenant: long, pool: long, reason: "predicted_wait" },
    ];
    const text = schedulerText({
      ...status,
      capacity: status.capacity.map((capacity) => ({ ...capacity, id: long })),
      pools: [pool(long, 1), pool("语言模型".repeat(20), 1)],
      refusals,
    });
    for (const line of text.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80);
    expect(text).toContain("predicted_wait");
  });

  test("shows what is busy or out of order, and counts the rest", () => {
    const broken = pool("broken/m", 0);
    const pools = ["a", "b", "c", "d"].map((name) => pool(`${name}/m`, name === "c" ? 1 : 0));
    const open = { ...broken, deployments: broken.deployments.map((each) => ({ ...each, health: "open" as const })) };
    const text = schedulerText({ ...status, pools: [...pools, open], time_rules: ["night"] });
    expect(text).toContain("POOL c/m");
    expect(text).toContain("out of order");
    expect(text).not.toContain("POOL a/m");
    expect(text).toContain("3 more idle pools.");
    expect(text).toContain("By time of day: night");
  });

  test("says that a wait is not known rather than none, and how long a deployment is left alone", () => {
    const waiting = pool("a/m", 1);
    const paused = { ...waiting, deployments: waiting.deployments.map((each) => ({ ...each, paused_ms: 90_000 })) };
    const text = schedulerText({ ...status, pools: [paused] });
    expect(text).toContain("not known");
    expect(text).toContain("paused 90 s");
  });
});

const outcome: PoolOutcome = {
  outcome: "queue",
  deployment: null,
  reason: null,
  position: 12,
  predicted_wait_ms: 4_200,
  wait_limit_ms: 15_000,
};
const explanation: ExplanationView = {
  model: "gpt-4o",
  route: "gpt-*",
  protocol: "openai-chat",
  scheduled: true,
  tenant: "usr_1",
  priority: 5,
  level: "P5 Normal",
  input_tokens: 1_000,
  output_tokens: 512,
  ...outcome,
  pools: [{ deployments: ["openai/gpt-4o"], ...outcome }],
};

test.each([
  [{}, "It would wait about 4.2 s behind 12 others; up to 15 s is admitted."],
  [{ position: 1, predicted_wait_ms: 0 }, "It would wait behind 1 other; for how long nothing has shown yet."],
  [{ outcome: "dispatch", deployment: "openai/gpt-4o" }, "It would go at once to openai/gpt-4o."],
  [
    { outcome: "refuse", reason: "predicted_wait", predicted_wait_ms: 70_000 },
    "It would be refused (predicted_wait): the wait would be about 70 s; up to 15 s is admitted.",
  ],
  [{ outcome: "refuse", reason: "queue_full" }, "It would be refused (queue_full)."],
] as const)("what becomes of a call is one sentence: %p", (changes, sentence) => {
  const text = explanationText({ ...explanation, ...changes });
  expect(text).toContain("gpt-4o takes the route gpt-*.");
  expect(text).toContain("P5 Normal, tenant usr_1, about 1,000 tokens in and 512 out.");
  expect(text.split("\n")).toContain(sentence);
});

test("several pools are told in their order", () => {
  const second = { deployments: ["a/m", "b/m"], ...outcome, outcome: "refuse" as const, reason: "no_capacity" };
  const text = explanationText({ ...explanation, pools: [...explanation.pools, second] });
  expect(text).toMatch(/^1 +openai\/gpt-4o +queue +12 +4\.2 s$/m);
  expect(text).toMatch(/^2 +a\/m \| b\/m +no_capacity/m);
});

const routed: RoutedView = {
  deployment: "eu/gpt-4o",
  provider: "eu",
  type: "openai-compatible",
  model: "gpt-4o",
  weight: 3,
  protocol: "openai-chat",
  lane: "passthrough",
  health: "half-open",
  capacity: [
    { id: "eu", max_tokens_per_sec: 10_000, max_rps: 100, max_concurrent: 50, max_context_length: null },
    {
      id: "eu/gpt-4o",
      max_tokens_per_sec: null,
      max_rps: null,
      max_concurrent: null,
      max_context_length: 128_000,
    },
  ],
  price: { input_usd: "2.5", output_usd: "10" },
};

test("a route tells each deployment's lane, share, limits, health and price, in 80 columns", () => {
  const other: RoutedView = { ...routed, deployment: "us/gpt-4o", weight: 1, lane: "translation", capacity: [] };
  const mute: RoutedView = { ...routed, deployment: "x/gpt-4o", protocol: null, lane: null, price: null };
  const view = {
    model: "gpt-4o",
    protocol: "openai-chat",
    work_mode: "auto" as const,
    route: "gpt-*",
    pool_weights: null,
  };
  const text = routeText({ ...view, pools: [[routed, other], [mute]] }, true);
  expect(text).toContain(`POOL 1

eu/gpt-4o
  provider  eu, of type openai-compatible
  speaks    openai-chat, forwarded byte for byte
  share     75 % of the pool
  health    on trial
  capacity  eu: 10,000 tokens/s, 100 requests/s, 50 at once
            eu/gpt-4o: 128,000 tokens of context
  price     $2.5 in, $10 out for a million tokens
`);
  expect(text).toContain("POOL 2, when pool 1 cannot answer");
  expect(text).toContain("openai-chat, translated");
  expect(text).toContain("it is left out");
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect(routeText({ ...view, pools: [[routed]] }, false)).toContain("not known: no gateway runs");
});

test("a route with weights tells how often each pool goes first, not that one waits for the other", () => {
  const pools = ["a/m", "b/m", "c/m"].map((deployment): RoutedView[] => [{ ...routed, deployment }]);
  const view = { model: "m", protocol: "openai-chat", work_mode: "auto" as const, route: "m", pools };
  const heads = routeText({ ...view, pool_weights: [3, 1, 0] }, true)
    .split("\n")
    .filter((line) => line.startsWith("POOL"));
  expect(heads).toEqual([
    "POOL 1, first in 75 % of the calls, then when another cannot answer",
    "POOL 2, first in 25 % of the calls, then when another cannot answer",
    "POOL 3, never first: when the others cannot answer",
  ]);
});

test("quantities stand in the unit that suits them", () => {
  expect([0, 9_940, 9_960, 119_000, 120_000, 7_200_000].map(spanText)).toEqual([
    "0.0 s",
    "9.9 s",
    "10 s",
    "119 s",
    "2 min",
    "2 h",
  ]);
  expect([0, 1_023, 1_536, 20_000_000, 5e9].map(bytesText)).toEqual(["0 B", "1023 B", "1.5 KiB", "19 MiB", "4.7 GiB"]);
  expect([countText(1_234_567.4), manyText(1, "pool"), manyText(2, "pool")]).toEqual([
    "1,234,567",
    "1 pool",
    "2 pools",
  ]);
});
