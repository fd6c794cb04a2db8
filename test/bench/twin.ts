import { secondUs } from "../simulation/scene.ts";
import {
  floorsPercent,
  servedTokens,
  simulateTwin,
  twinScenes,
  type TwinFate,
  type TwinRequest,
  twinWorkload,
} from "../simulation/twin.ts";
import { type GatewayChoice, startGateways } from "./gateways.ts";
import type { Row } from "./report.ts";
import { playTwin } from "./twin-client.ts";

const seed = 2_026;
const seconds = Number(process.env.TWIN_SECONDS ?? 60);
/** The first sixth settles in. */
const measured = { fromUs: (seconds / 6) * secondUs, untilUs: seconds * secondUs };

/** The program against the simulation under the same workloads, each at twice of what there is. */
export async function twin(): Promise<Row[]> {
  return [...(await sceneRows("slots")), ...(await sceneRows("tokens"))];
}

/** A sum of tokens that both must agree on. */
interface Figure {
  readonly what: string;
  readonly counts: (request: TwinRequest) => boolean;
}

async function sceneRows(name: keyof typeof twinScenes): Promise<Row[]> {
  const scene = twinScenes[name];
  const workload = twinWorkload(scene, seed, seconds);
  const simulated = simulateTwin(scene, workload, seconds + 1);
  process.stderr.write(`${workload.length} requests, ${name} scarce, ${seconds} s\n`);
  await using running = await startGateways({ only: gatewayOf(name) });
  const { only } = running.of;
  const keyOf = ({ tenant, level }: TwinRequest): string => only.side(`${tenant}-${level}`).key;
  const played = await playTwin(workload, { port: only.port, keyOf }, seconds);
  return [
    goodputRow(name, played, simulated),
    ...figuresOf(name).map((figure) => shareRow(name, figure, played, simulated)),
  ];
}

function gatewayOf(name: keyof typeof twinScenes): GatewayChoice {
  const { limits, rules, streams } = twinScenes[name];
  const lines = [
    ...(limits.concurrent === undefined ? [] : [`max_concurrent = ${limits.concurrent}`]),
    ...(limits.tokensPerSecond === undefined ? [] : [`max_tokens_per_sec = ${limits.tokensPerSecond}`]),
  ];
  const configuration = `
[provider.loopback.twin]
${lines.join("\n")}
[routes]
twin = loopback/twin
[scheduling]
enabled = true
priority_enabled = true
capacity_model = ${rules.capacityModel ?? "multi_dimensional"}
[scheduler]
floors = ${floorsPercent.join(", ")}
`;
  const keys = streams.map(
    ({ tenant, level }) => [`${tenant}-${level}`, { user: tenant, flags: ["--priority", String(level)] }] as const,
  );
  return { configuration: () => configuration, keys: Object.fromEntries(keys) };
}

function figuresOf(name: keyof typeof twinScenes): readonly Figure[] {
  const { streams } = twinScenes[name];
  const levels = [...new Set(streams.map(({ level }) => level))];
  const tenants = streams.filter(({ level }) => level === 5).map(({ tenant }) => tenant);
  return [
    ...levels.map((level) => ({ what: `of P${level}`, counts: (request: TwinRequest) => request.level === level })),
    ...tenants.map((tenant) => ({
      what: `of tenant ${tenant} in P5`,
      counts: (request: TwinRequest) => request.level === 5 && request.tenant === tenant,
    })),
  ];
}

function goodputRow(name: string, played: readonly TwinFate[], simulated: readonly TwinFate[]): Row {
  const perSecond = (fates: readonly TwinFate[]): number =>
    (servedTokens(fates, measured) * secondUs) / (measured.untilUs - measured.fromUs);
  return agreement(`twin, ${name} scarce: goodput`, "tokens/s", perSecond(played), perSecond(simulated));
}

function shareRow(
  name: string,
  { what, counts }: Figure,
  played: readonly TwinFate[],
  simulated: readonly TwinFate[],
): Row {
  const percent = (fates: readonly TwinFate[]): number =>
    (100 * servedTokens(fates, measured, counts)) / servedTokens(fates, measured);
  return agreement(`twin, ${name} scarce: share ${what}`, "%", percent(played), percent(simulated));
}

/** Both agree when neither is more than a tenth above the other; the simulation stands under bare. */
function agreement(what: string, unit: string, gateway: number, simulated: number): Row {
  const ratio = Math.max(gateway / simulated, simulated / gateway);
  return { what: `${what} (bare: simulated)`, unit, gateway, bare: simulated, ratio, bar: { atMost: 1.1 } };
}
