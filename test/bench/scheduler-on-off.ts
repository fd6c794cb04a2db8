import { type GatewayChoice, startGateways } from "./gateways.ts";
import { runLoad } from "./load-plan.ts";
import { cpuSeconds } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { median } from "./statistics.ts";
import type { Side } from "./sides.ts";

const pairs = Number(process.env.ROUNDS ?? 15);
const connections = 32;
const seconds = 2;

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
  off: { configuration: provider(""), keys: { caller: [] } },
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
const on = ["simple", "tokens"] as const;

/** CPU of the gateway for one request, with the scheduler on where capacity never binds, and off. */
export async function schedulerOnOff(): Promise<Row[]> {
  await using running = await startGateways(gateways, "mock-upstream.ts");
  const names: readonly Choice[] = ["off", ...on];
  // Warm code before the first pair: a compiler at work is no cost of a request.
  for (const name of names) await cpuMicroseconds(running.of[name].side("caller"));
  const rounds: Record<Choice, number>[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const costs: Record<Choice, number> = { off: 0, simple: 0, tokens: 0 };
    for (const name of pair % 2 === 0 ? names : names.toReversed()) {
      costs[name] = await cpuMicroseconds(running.of[name].side("caller"));
      process.stderr.write(".");
    }
    rounds.push(costs);
  }
  process.stderr.write("\n");
  return on.map((name) => ({
    what: `CPU per request, scheduler on (${name}) against off, ${pairs} pairs`,
    unit: "us",
    gateway: median(rounds.map((costs) => costs[name])),
    bare: median(rounds.map((costs) => costs.off)),
    ratio: median(rounds.map((costs) => costs[name] / costs.off)),
    bar: { atMost: 1.05 },
  }));
}

async function cpuMicroseconds(side: Side): Promise<number> {
  const before = cpuSeconds(side.pid);
  const { perSecond } = await runLoad({ ...side, mode: "closed", connections, seconds });
  return ((cpuSeconds(side.pid) - before) * 1e6) / (perSecond * seconds);
}
