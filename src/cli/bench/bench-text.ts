import type { BenchFigures, BenchGateway, BenchResult } from "#core/bench/bench-result.ts";
import { printableText } from "#platform/printable.ts";

/** What a bench was run with and on. */
export interface BenchFacts {
  readonly version: string;
  /** As it can be typed again. */
  readonly command: string;
  readonly rounds: number;
  readonly machine: { readonly cores: number; readonly cpu: string; readonly platform: string; readonly bun: string };
}

const columns = [30, 12, 14, 14] as const;

/** The result as people read it, 80 columns wide at most. */
export function benchText(facts: BenchFacts, result: BenchResult): string {
  const { version, command, rounds, machine } = facts;
  const { direct, features_off: off, features_on: on } = result;
  const added = (what: string, name: keyof BenchFigures & `${string}_ms`) =>
    row(what, shown(direct[name]), plus(off[`added_${name}`]), plus(on[`added_${name}`]));
  return [
    `Tokligence ${version} on ${machine.cores} cores, ${machine.platform}, Bun ${machine.bun}`,
    printableText(machine.cpu),
    command,
    `Medians of ${rounds} interleaved rounds; provider, gateways and load on this machine.`,
    "",
    row("", "DIRECT", "FEATURES OFF", "FEATURES ON"),
    added("Answer, p50 (ms)", "call_p50_ms"),
    added("Answer, p95 (ms)", "call_p95_ms"),
    added("Answer, p99 (ms)", "call_p99_ms"),
    added("First token, p50 (ms)", "first_token_p50_ms"),
    added("First token, p99 (ms)", "first_token_p99_ms"),
    added("Event late by, p99 (ms)", "event_late_p99_ms"),
    throughputRow(direct, off, on),
    row("Memory, idle (MB)", "", shown(off.idle_memory_mb), shown(on.idle_memory_mb)),
    row("Memory, under streams (MB)", "", shown(off.streams_memory_mb), shown(on.streams_memory_mb)),
    "",
    "+ is what the gateway adds to the direct way, compared round by round.",
    "Off: no keys, scheduler, limits, budgets, metrics. On: all of them.",
    "Every call is in the durable ledger either way.",
    ...noise(result),
  ].join("\n");
}

function throughputRow(direct: BenchFigures, off: BenchGateway, on: BenchGateway): string {
  const [first, ...rest] = [direct, off, on].map((side) => shown(side.requests_per_second));
  return row("Throughput (requests/s)", first ?? "", ...rest);
}

function noise({ noisy, added_spread }: BenchResult): string[] {
  if (!noisy) return [];
  return [
    "",
    `This machine is noisy: what is added differs by ${percent(added_spread)} between rounds.`,
    "Take small differences for chance, or measure again with more --seconds.",
  ];
}

function row(what: string, ...cells: readonly string[]): string {
  return [what.padEnd(columns[0]), ...cells.map((cell, index) => cell.padStart(columns[index + 1] ?? 0))]
    .join("")
    .trimEnd();
}

function shown(value: number | null): string {
  if (value === null) return "-";
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(2);
}

function plus(value: number | null): string {
  return value !== null && value >= 0 ? `+${shown(value)}` : shown(value);
}

function percent(share: number | null): string {
  return share === null ? "-" : `${Math.round(share * 100)} %`;
}
