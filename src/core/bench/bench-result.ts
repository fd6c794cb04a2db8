import type { LoadReport } from "#core/bench/load-order.ts";
import { median } from "#core/bench/statistics.ts";

/** The mock provider asked directly, and the gateway in front of it with as little as it can do, and with much. */
export const benchSides = ["direct", "features_off", "features_on"] as const;
export type BenchSide = (typeof benchSides)[number];

/** What one round has measured of one side. */
export type BenchRound = Omit<LoadReport, "failed">;

/** Resident memory of a gateway in MB of 2^20 bytes; null where the machine does not tell. */
export interface BenchMemory {
  readonly idle_memory_mb: number | null;
  readonly streams_memory_mb: number | null;
}

/** Medians of the rounds. */
export type BenchFigures = Readonly<Record<keyof BenchRound, number | null>>;

/** A gateway beside the direct way: what it adds, and the share of the direct throughput that is left. */
export interface BenchGateway extends BenchFigures, BenchMemory {
  readonly added_call_p50_ms: number | null;
  readonly added_call_p95_ms: number | null;
  readonly added_call_p99_ms: number | null;
  readonly added_first_token_p50_ms: number | null;
  readonly added_first_token_p99_ms: number | null;
  readonly added_event_late_p99_ms: number | null;
  readonly throughput_share: number | null;
}

/** What a bench found. */
export interface BenchResult {
  readonly direct: BenchFigures;
  readonly features_off: BenchGateway;
  readonly features_on: BenchGateway;
  /** How far apart the rounds are in what features off add to the median answer, as a share of it; 1 where they add nothing. */
  readonly added_spread: number;
  readonly noisy: boolean;
}

/** From which spread on small differences mean nothing. */
const noisySpread = 0.5;

/** What all rounds say together. */
export function benchResult(
  rounds: Readonly<Record<BenchSide, readonly BenchRound[]>>,
  memory: Readonly<Record<Exclude<BenchSide, "direct">, BenchMemory>>,
): BenchResult {
  const spread = spreadOf(known(comparisons(rounds.direct, rounds.features_off, "call_p50_ms", difference)));
  return {
    direct: figuresOf(rounds.direct),
    features_off: gatewayOf(rounds.direct, rounds.features_off, memory.features_off),
    features_on: gatewayOf(rounds.direct, rounds.features_on, memory.features_on),
    added_spread: spread,
    noisy: spread > noisySpread,
  };
}

function gatewayOf(direct: readonly BenchRound[], through: readonly BenchRound[], memory: BenchMemory): BenchGateway {
  const added = (name: keyof BenchRound) => medianOf(comparisons(direct, through, name, difference));
  return {
    ...figuresOf(through),
    added_call_p50_ms: added("call_p50_ms"),
    added_call_p95_ms: added("call_p95_ms"),
    added_call_p99_ms: added("call_p99_ms"),
    added_first_token_p50_ms: added("first_token_p50_ms"),
    added_first_token_p99_ms: added("first_token_p99_ms"),
    added_event_late_p99_ms: added("event_late_p99_ms"),
    throughput_share: medianOf(comparisons(direct, through, "requests_per_second", (before, after) => after / before)),
    ...memory,
  };
}

function figuresOf(rounds: readonly BenchRound[]): BenchFigures {
  const figure = (name: keyof BenchRound) => medianOf(rounds.map((round) => round[name]));
  return {
    call_p50_ms: figure("call_p50_ms"),
    call_p95_ms: figure("call_p95_ms"),
    call_p99_ms: figure("call_p99_ms"),
    first_token_p50_ms: figure("first_token_p50_ms"),
    first_token_p99_ms: figure("first_token_p99_ms"),
    event_late_p99_ms: figure("event_late_p99_ms"),
    requests_per_second: figure("requests_per_second"),
  };
}

const difference = (before: number, after: number): number => after - before;

/** Compares round by round, so that what slows a whole round cancels out. */
function comparisons(
  direct: readonly BenchRound[],
  through: readonly BenchRound[],
  name: keyof BenchRound,
  compare: (direct: number, through: number) => number,
): (number | null)[] {
  return through.map((round, index) => {
    const [before, after] = [direct[index]?.[name] ?? null, round[name]];
    return before === null || after === null ? null : compare(before, after);
  });
}

function medianOf(values: readonly (number | null)[]): number | null {
  const found = known(values);
  return found.length === 0 ? null : median(found);
}

function spreadOf(values: readonly number[]): number {
  const middle = values.length === 0 ? 0 : median(values);
  return middle <= 0 ? 1 : (Math.max(...values) - Math.min(...values)) / middle;
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null).filter(Number.isFinite);
}
