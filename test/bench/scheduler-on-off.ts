import { type GatewayChoice, startGateways } from "./gateways.ts";
import { runLoad } from "./load-plan.ts";
import { cpuSeconds } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { median } from "#core/bench/statistics.ts";
import type { Side } from "./sides.ts";

const pairs = Number(process.env.ROUNDS ?? 15);
const connections = 32;
const seconds = 3;
const warmUpSeconds = 5;

const provider = (limits: string) => (origin: string) => `
[provider.mock]
type = openai-compatible
base_url = ${origin}/v1
api_key = upstream-key
${limits}
[routes]
mock = mock
`;

const scheduling = (model: string) => `
[scheduling]
enabled = true
priority_enabled = true
capacity_model = ${model}
`;

/** Limits that nothing ever reaches. */
const roomyLimits = `
max_concurrent = 1000000
max_rps = 1000000000
max_tokens_per_sec = 1000000000
max_context_length = 1000000
`;

const gateways = {
  off: { configuration: provider(""), keys: { caller: ["--tier", "standard"] } },
  simple: {
    configuration: (origin) => provider(roomyLimits)(origin) + scheduling("simple"),
    keys: { caller: ["--tier", "standard"] },
  },
  tokens: {
    configuration: (origin) => provider(roomyLimits)(origin) + scheduling("multi_dimensional"),
    keys: { caller: ["--tier", "standard"] },
  },
} as const satisfies Record<string, GatewayChoice>;

type Choice = keyof typeof gateways;
const names = ["off", "simple", "tokens"] as const satisfies readonly Choice[];

/**
 * CPU of the gateway for one request, with the scheduler on where capacity never binds, and off. Processes are started anew
 * for each pair: how well code was compiled differs by a few percent from one to the next, more than what is to be measured.
 */
export async function schedulerOnOff(): Promise<Row[]> {
  const measured: Record<Choice, number>[] = [];
  while (measured.length < pairs) {
    await using running = await startGateways(gateways, "mock-upstream.ts");
    const sides = (order: readonly Choice[]) => order.map((name) => [name, running.of[name].side("caller")] as const);
    for (const [, side] of sides(names)) await cpuMicroseconds(side, warmUpSeconds);
    const costs: Record<Choice, number> = { off: 0, simple: 0, tokens: 0 };
    const order = measured.length % 2 === 0 ? names : names.toReversed();
    for (const [name, side] of sides(order)) costs[name] = await cpuMicroseconds(side, seconds);
    measured.push(costs);
    process.stderr.write(".");
  }
  process.stderr.write("\n");
  return (["simple", "tokens"] as const).map((name) => ({
    what: `CPU per request, scheduler on (${name}) against off, ${pairs} pairs (bare: off)`,
    unit: "us",
    gateway: median(measured.map((costs) => costs[name])),
    bare: median(measured.map((costs) => costs.off)),
    ratio: median(measured.map((costs) => costs[name] / costs.off)),
    bar: { atMost: 1.05 },
  }));
}

async function cpuMicroseconds(side: Side, seconds: number): Promise<number> {
  const before = cpuSeconds(side.pid);
  const { perSecond } = await runLoad({ ...side, mode: "closed", connections, seconds });
  return ((cpuSeconds(side.pid) - before) * 1e6) / (perSecond * seconds);
}
