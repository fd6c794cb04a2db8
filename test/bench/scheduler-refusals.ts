import { type GatewayChoice, type RunningGateway, startGateways } from "./gateways.ts";
import { type LoadResult, runLoad } from "./load-plan.ts";
import { cpuSeconds } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { interleave } from "./rounds.ts";

const seconds = 4;
const urgentPerSecond = 200;
/** An answer of three pieces a tenth of a second apart: 200 to 300 ms, which is short for a model. */
const answer = { stream: true, mock_events: 3, mock_paced: true };
/** More than what P0 leaves. */
const filler = { ratePerSecond: 200, connections: 128, fields: answer };
const flood = { ratePerSecond: 6_000, connections: 128, fields: answer };

/** Room for all that P0 asks for and a third more, which the least urgent level fills at all times. */
export const gateway: GatewayChoice = {
  configuration: (origin) => `
[provider.mock]
type = openai-compatible
base_url = ${origin}/v1
api_key = upstream-key
max_concurrent = 80
[routes]
mock = mock
[scheduling]
enabled = true
priority_enabled = true
[scheduler]
wait_budget_ms = 2000, 100, 100, 100, 100, 100, 100, 100, 100, 60000
`,
  keys: {
    urgent: ["--priority", "0"],
    filling: ["--priority", "9"],
    limited: ["--priority", "5", "--rpm", "1"],
    foreseen: ["--priority", "5"],
  },
};

/** Nobody refused; those over the limit of their key, at the door; those whose wait would be too long, by the scheduler. */
const phases = ["quiet", "limited", "foreseen"] as const;
const statusOf = { limited: 429, foreseen: 503 } as const;

interface Phase {
  readonly urgentP50Ms: number;
  readonly urgentP99Ms: number;
  readonly refusedPerSecond: number;
  readonly refusedP99Ms: number;
  /** Of the gateway, with everything it did meanwhile. */
  readonly cpuShare: number;
}

/** Whether a flood that is turned away is felt by those who matter. */
export async function schedulerRefusals(): Promise<Row[]> {
  await using running = await startGateways({ only: gateway }, "mock-upstream.ts");
  const { only } = running.of;
  const all = await interleave(phases, (name) => measure(only, name));
  return (["limited", "foreseen"] as const).flatMap((name) => {
    const { refusedPerSecond, urgentP99Ms, urgentP50Ms, refusedP99Ms, cpuShare } = all[name];
    const what = name === "limited" ? "429 for want of rate" : "503 for a foreseen wait";
    return [
      { what: `refusals, ${what}`, unit: "1/s", gateway: refusedPerSecond, bar: { atLeast: 5_000 } },
      {
        what: `P0 p99 beside them (bare: without them)`,
        unit: "ms",
        gateway: urgentP99Ms,
        bare: all.quiet.urgentP99Ms,
        ratio: urgentP99Ms / all.quiet.urgentP99Ms,
        bar: { atMost: 1.1 },
      },
      { what: "P0 p50 beside them", unit: "ms", gateway: urgentP50Ms, bare: all.quiet.urgentP50Ms },
      { what: "wait for a refusal, p99", unit: "ms", gateway: refusedP99Ms },
      {
        what: "CPU of the gateway meanwhile",
        unit: "% of a core",
        gateway: 100 * cpuShare,
        bare: 100 * all.quiet.cpuShare,
      },
    ];
  });
}

async function measure(gateway: RunningGateway, name: (typeof phases)[number]): Promise<Phase> {
  const filling = runLoad({
    ...gateway.side("filling"),
    mode: "refusals",
    status: 503,
    seconds: seconds + 1,
    ...filler,
  });
  await Bun.sleep(300);
  const before = cpuSeconds(gateway.pid);
  const from = performance.now();
  const [urgent, refused] = await Promise.all([
    runLoad({
      ...gateway.side("urgent"),
      mode: "open",
      ratePerSecond: urgentPerSecond,
      connections: 200,
      seconds,
      fields: answer,
    }),
    name === "quiet"
      ? undefined
      : runLoad({ ...gateway.side(name), mode: "refusals", status: statusOf[name], seconds, ...flood }),
  ]);
  const cpuShare = (cpuSeconds(gateway.pid) - before) / ((performance.now() - from) / 1000);
  await filling;
  return { ...phaseOf(urgent, refused), cpuShare };
}

function phaseOf(urgent: LoadResult, refused: LoadResult | undefined): Omit<Phase, "cpuShare"> {
  return {
    urgentP50Ms: urgent.p50Ms,
    urgentP99Ms: urgent.p99Ms,
    refusedPerSecond: refused?.perSecond ?? 0,
    refusedP99Ms: refused?.p99Ms ?? 0,
  };
}
