import { availableParallelism, cpus } from "node:os";
import { defineCommand } from "citty";
import { type BenchFacts, benchText } from "#cli/bench/bench-text.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { printJson, printLine, printNotice } from "#cli/output.ts";
import { GatewayError } from "#core/errors.ts";
import { benchRole, playBenchRole } from "#platform/bench/bench-role.ts";
import { type BenchPlan, runBench } from "#platform/bench/run-bench.ts";
import { codeOfSignal, HeldSignals } from "#platform/held-signals.ts";
import { version } from "#platform/version.ts";

const rounds = 3;
/** What starts, settling and warming up take beside the load. */
const overheadSeconds = 8;

/** `tokligence bench`: measures on this machine, dials nothing else, leaves nothing behind. */
export default defineCommand({
  meta: { description: "Measure what the gateway adds to calls, on this machine" },
  args: {
    seconds: { type: "string", valueHint: "n", description: "Of load in all", default: "15" },
    rate: { type: "string", valueHint: "n", description: "Calls a second where answers are timed", default: "200" },
    connections: { type: "string", valueHint: "n", description: "Connections of callers", default: "32" },
    streams: { type: "string", valueHint: "n", description: "Streams open side by side", default: "100" },
    ...globalFlags,
  },
  async run({ args }) {
    const role = benchRole();
    if (role !== undefined) return playBenchRole(role);
    const plan: BenchPlan = {
      seconds: within("--seconds", args.seconds, 3, 3_600),
      ratePerSecond: within("--rate", args.rate, 10, 100_000),
      connections: within("--connections", args.connections, 1, 10_000),
      streams: within("--streams", args.streams, 1, 10_000),
      rounds,
    };
    return await measure(plan, args.json === true);
  },
});

/** Resolves with the exit code: of the signal, where one has ended it. */
async function measure(plan: BenchPlan, json: boolean): Promise<number> {
  using signals = new HeldSignals();
  const stopping = new AbortController();
  signals.tellTo(() => stopping.abort());
  try {
    if (!json) printNotice(`Measuring for about ${plan.seconds + overheadSeconds} s ...`);
    const result = await runBench(plan, stopping.signal);
    const facts = factsOf(plan);
    if (json) printJson({ ...facts, ...settingsOf(plan), ...result });
    else printLine(benchText(facts, result));
    return 0;
  } catch (error) {
    if (signals.first === undefined) throw error;
    return codeOfSignal(signals.first);
  }
}

function factsOf({ seconds, ratePerSecond, connections, streams }: BenchPlan): BenchFacts {
  return {
    version,
    command: `tokligence bench --seconds ${seconds} --rate ${ratePerSecond} --connections ${connections} --streams ${streams}`,
    rounds,
    machine: {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? "unknown processor",
      platform: `${process.platform} ${process.arch}`,
      bun: Bun.version,
    },
  };
}

function settingsOf({ seconds, ratePerSecond: rate_per_second, connections, streams }: BenchPlan) {
  return { seconds, rate_per_second, connections, streams };
}

function within(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new GatewayError("usage", `${flag} is a whole number from ${least} to ${most}.`);
}
