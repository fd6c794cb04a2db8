import { expect, test } from "bun:test";
import { type BenchRound, benchResult } from "#core/bench/bench-result.ts";
import { inTurns } from "#core/bench/in-turns.ts";

const memory = { idle_memory_mb: 60, streams_memory_mb: 90 };

function round(callMs: number, perSecond = 1_000): BenchRound {
  return {
    call_p50_ms: callMs,
    call_p95_ms: callMs * 2,
    call_p99_ms: callMs * 3,
    first_token_p50_ms: callMs,
    first_token_p99_ms: null,
    event_late_p99_ms: callMs,
    requests_per_second: perSecond,
  };
}

function result(direct: readonly BenchRound[], through: readonly BenchRound[]) {
  const rounds = { direct, features_off: through, features_on: through };
  return benchResult(rounds, { features_off: memory, features_on: memory });
}

test("what the gateway adds is compared round by round, so that a slow round of the machine cancels out", () => {
  const { direct, features_on } = result([round(1), round(10), round(1.2)], [round(1.5), round(10.5), round(1.7)]);
  expect(direct.call_p50_ms).toBe(1.2);
  expect(features_on.call_p50_ms).toBe(1.7);
  expect(features_on.added_call_p50_ms).toBeCloseTo(0.5);
  expect(features_on).toMatchObject({ throughput_share: 1, added_first_token_p99_ms: null, ...memory });
});

test("rounds that lie apart in what is added are said to be noise", () => {
  const direct = [round(1), round(1), round(1)];
  expect(result(direct, [round(1.5), round(1.6), round(1.5)])).toMatchObject({ noisy: false });
  expect(result(direct, [round(1.5), round(2.5), round(1.5)])).toMatchObject({ noisy: true, added_spread: 2 });
  expect(result(direct, direct)).toMatchObject({ noisy: true, added_spread: 1 });
});

test("each round begins with another one, and measurements stay in the order of the rounds", async () => {
  const order: string[] = [];
  const measured = await inTurns(["a", "b", "c"], 3, async (name) => order.push(name));
  expect(order.join("")).toBe("abcbcacab");
  expect([...measured]).toEqual([
    ["a", [1, 6, 8]],
    ["b", [2, 4, 9]],
    ["c", [3, 5, 7]],
  ]);
});
