import { expect, test } from "bun:test";
import { benchText } from "#cli/bench/bench-text.ts";
import { benchResult } from "#core/bench/bench-result.ts";

const round = {
  call_p50_ms: 0.5,
  call_p95_ms: 1,
  call_p99_ms: 2,
  first_token_p50_ms: 0.6,
  first_token_p99_ms: 1.6,
  event_late_p99_ms: 1,
  requests_per_second: 123_456,
};
const facts = {
  version: "1.2.3",
  command: "tokligence bench --seconds 3600 --rate 100000 --connections 10000 --streams 10000",
  rounds: 3,
  machine: { cores: 2, cpu: "A processor", platform: "linux x64", bun: "1.4.5" },
};
const unknown = { idle_memory_mb: null, streams_memory_mb: 90 };

function text(addedMs: readonly number[]): string {
  const direct = addedMs.map(() => round);
  const through = addedMs.map((added) => ({ ...round, call_p50_ms: 0.5 + added, requests_per_second: 4_000 }));
  const rounds = { direct, features_off: through, features_on: through };
  return benchText(facts, benchResult(rounds, { features_off: unknown, features_on: unknown }));
}

test("the table fits a terminal of 80 columns and says machine and command", () => {
  const lines = text([0.25, 0.25, 0.25]).split("\n");
  expect(lines.filter((line) => line.length > 80 && line !== facts.command)).toEqual([]);
  expect(lines.slice(0, 3)).toEqual([
    "Tokligence 1.2.3 on 2 cores, linux x64, Bun 1.4.5",
    "A processor",
    facts.command,
  ]);
  expect(lines).toContain("Answer, p50 (ms)                      0.50         +0.25         +0.25");
  expect(lines).toContain("Throughput (requests/s)            123,456         4,000         4,000");
  expect(lines).toContain("Memory, idle (MB)                                      -             -");
});

test("a noisy machine is called one", () => {
  expect(text([0.25, 0.25, 0.25])).not.toContain("noisy");
  expect(text([0.5, 1.5, 0.5])).toContain("This machine is noisy: what is added differs by 200 % between rounds.");
});
