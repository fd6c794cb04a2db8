import {
  type BenchMemory,
  type BenchResult,
  type BenchRound,
  type BenchSide,
  benchResult,
  benchSides,
} from "#core/bench/bench-result.ts";
import { inTurns } from "#core/bench/in-turns.ts";
import { type LoadOrder, type LoadReport, loadReportSchema } from "#core/bench/load-order.ts";
import { GatewayError } from "#core/errors.ts";
import { type BenchGatewayProcess, startBenchGateway } from "#platform/bench/bench-gateway.ts";
import { type BenchHelper, startBenchHelper } from "#platform/bench/bench-role.ts";
import type { Leftover } from "#platform/bench/leftovers.ts";
import { residentMegabytes } from "#platform/bench/resident-memory.ts";

/** How much is asked, and for how long. */
export interface BenchPlan {
  /** Of load in all, the starts of the processes apart. */
  readonly seconds: number;
  readonly rounds: number;
  readonly ratePerSecond: number;
  readonly connections: number;
  readonly streams: number;
}

/** Where calls are sent. */
interface Target {
  readonly port: number;
  readonly key: string;
}

type GatewaySide = Exclude<BenchSide, "direct">;

/** Each part of a round in hundredths of its time. */
const shares = { calls: 35, firstTokens: 20, streams: 30, throughput: 15 };
const memoryEveryMs = 100;

/**
 * Measures calls through gateways of this program on this machine: a mock provider, two gateways and the load each in a process
 * of its own. All that it starts has ended and is removed when it resolves or rejects, also when it is `stopped`.
 */
export async function runBench(plan: BenchPlan, stopped: AbortSignal): Promise<BenchResult> {
  await using started = new AsyncDisposableStack();
  const orStopped = untilStopped(stopped);
  const upstream = started.use(startBenchHelper("upstream"));
  const load = started.use(startBenchHelper("load"));
  const port = Number(await orStopped(upstream.hear()));
  const tell = (leftover: Leftover): void => upstream.tell(JSON.stringify(leftover));
  const gateways = {
    features_off: started.use(await startBenchGateway("features_off", port, tell)),
    features_on: started.use(await startBenchGateway("features_on", port, tell)),
  };
  return await orStopped(measure(plan, { port, key: "unused" }, gateways, load));
}

async function measure(
  plan: BenchPlan,
  direct: Target,
  gateways: Readonly<Record<GatewaySide, BenchGatewayProcess>>,
  load: BenchHelper,
): Promise<BenchResult> {
  const targets: Readonly<Record<BenchSide, Target>> = { direct, ...gateways };
  const memory: Record<GatewaySide, BenchMemory> = {
    features_off: { idle_memory_mb: residentMegabytes(gateways.features_off.pid), streams_memory_mb: null },
    features_on: { idle_memory_mb: residentMegabytes(gateways.features_on.pid), streams_memory_mb: null },
  };
  const seconds = plan.seconds / (plan.rounds * benchSides.length);
  for (const side of benchSides) await round({ ...plan, seconds: Math.min(0.5, seconds) }, targets[side], load);
  const rounds = await inTurns(benchSides, plan.rounds, async (side): Promise<BenchRound> => {
    if (side === "direct") return (await round({ ...plan, seconds }, direct, load)).figures;
    const { figures, mostMegabytes } = await round({ ...plan, seconds }, gateways[side], load, gateways[side].pid);
    const before = memory[side].streams_memory_mb;
    memory[side] = { ...memory[side], streams_memory_mb: larger(before, mostMegabytes) };
    return figures;
  });
  const of = (side: BenchSide): readonly BenchRound[] => rounds.get(side) ?? [];
  return benchResult(
    { direct: of("direct"), features_off: of("features_off"), features_on: of("features_on") },
    memory,
  );
}

/** One round of one side, in the time of `plan`; the memory is that of process `pid` while streams are open. */
async function round(
  plan: BenchPlan,
  { port, key }: Target,
  load: BenchHelper,
  pid?: number,
): Promise<{ readonly figures: BenchRound; readonly mostMegabytes: number | null }> {
  const { ratePerSecond: rate_per_second, connections, streams } = plan;
  const part = (share: number) => ({ port, key, seconds: (plan.seconds * share) / 100 });
  const calls = { measure: "calls", rate_per_second, connections } as const;
  const plain = await ask(load, { ...calls, ...part(shares.calls), streamed: false });
  const streamed = await ask(load, { ...calls, ...part(shares.firstTokens), streamed: true });
  let mostMegabytes: number | null = null;
  const look = (): void => {
    if (pid !== undefined) mostMegabytes = larger(mostMegabytes, residentMegabytes(pid));
  };
  const watch = setInterval(look, memoryEveryMs);
  const held = await ask(load, { measure: "streams", ...part(shares.streams), streams }).finally(() =>
    clearInterval(watch),
  );
  const most = await ask(load, { measure: "throughput", ...part(shares.throughput), connections });
  const figures = {
    call_p50_ms: plain.call_p50_ms,
    call_p95_ms: plain.call_p95_ms,
    call_p99_ms: plain.call_p99_ms,
    first_token_p50_ms: streamed.first_token_p50_ms,
    first_token_p99_ms: streamed.first_token_p99_ms,
    event_late_p99_ms: held.event_late_p99_ms,
    requests_per_second: most.requests_per_second,
  };
  return { figures, mostMegabytes };
}

async function ask(load: BenchHelper, order: LoadOrder): Promise<LoadReport> {
  load.tell(JSON.stringify(order));
  const report = loadReportSchema.parse(JSON.parse(await load.hear()));
  if (report.failed === 0) return report;
  throw new GatewayError(
    "unavailable",
    `${report.failed} requests failed or stalled (${order.measure}): a smaller --rate, --connections or --streams may pass.`,
  );
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}

/** Lets work be waited for until the signal; after it everything rejects with its reason. */
function untilStopped(stopped: AbortSignal): <Value>(work: Promise<Value>) => Promise<Value> {
  const cut = Promise.withResolvers<never>();
  cut.promise.catch(() => undefined);
  const stop = (): void => cut.reject(stopped.reason);
  if (stopped.aborted) stop();
  stopped.addEventListener("abort", stop, { once: true });
  return (work) => Promise.race([work, cut.promise]);
}
