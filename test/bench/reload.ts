import { median } from "#core/bench/statistics.ts";
import { eventually } from "../harness/eventually.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { type LoadResult, runLoad } from "./load-plan.ts";
import { residentMegabytes, startServer } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { gatewayProgram, general } from "./sides.ts";

const reloads = 100;
const everyMs = 100;
const seconds = (reloads * everyMs) / 1000;

/** Memory of a process goes up and down by some megabytes from one round to the next. */
const rounds = 3;

/**
 * A hundred reloads in ten seconds of load, three times, and as much load without them before: every request must be answered,
 * and memory must grow no more than it does without them.
 */
export async function reload(): Promise<Row[]> {
  using one = await startServer("mock-upstream.ts");
  using other = await startServer("mock-upstream.ts");
  const configured = (first: number, second: number): string => `${general}
[provider.first]
type = openai-compatible
base_url = http://127.0.0.1:${first}/v1
api_key = upstream-key
[provider.second]
type = openai-compatible
base_url = http://127.0.0.1:${second}/v1
api_key = upstream-key
[routes]
mock = first, second
`;
  const turns = [configured(one.port, other.port), configured(other.port, one.port)] as const;
  await using gateway = new GatewayProcess({ program: gatewayProgram, configuration: turns[0] });
  const key = await gateway.createKey();
  await gateway.serve();
  const load = (): Promise<LoadResult> =>
    runLoad({ port: gateway.port, key, mode: "closed", connections: 32, seconds, fields: { model: "mock" } });
  const underReloads = async (): Promise<LoadResult> => {
    const loading = load();
    for (let number = 1; number <= reloads; number += 1) {
      gateway.write("dev/gateway.ini", turns[number % 2 === 0 ? 0 : 1]);
      gateway.signal("SIGHUP");
      await Bun.sleep(everyMs);
    }
    return await loading;
  };
  /** Megabytes that the gateway grows by in as many rounds, and how the rounds went. */
  const growthIn = async (round: () => Promise<LoadResult>): Promise<[growth: number, results: LoadResult[]]> => {
    const before = residentMegabytes(gateway.pid);
    const results: LoadResult[] = [];
    while (results.length < rounds) results.push(await round());
    return [residentMegabytes(gateway.pid) - before, results];
  };
  await load();
  const [undisturbedGrowth, undisturbed] = await growthIn(load);
  const [growth, reloaded] = await growthIn(underReloads);
  const taken = await eventually("every reload is in the log", () => {
    const found = gateway.stderr.split('"config_reloaded"').length - 1;
    return found >= rounds * reloads - rounds ? found : undefined;
  });
  const perSecond = (results: readonly LoadResult[]): number => median(results.map((result) => result.perSecond));
  const p99Ms = (results: readonly LoadResult[]): number => median(results.map((result) => result.p99Ms));
  const failed = [...undisturbed, ...reloaded].reduce((sum, { errors }) => sum + errors, 0);
  return [
    { what: "requests, nothing reloaded", unit: "1/s", gateway: perSecond(undisturbed) },
    { what: "requests, a reload each 100 ms", unit: "1/s", gateway: perSecond(reloaded) },
    { what: "99th percentile, nothing reloaded", unit: "ms", gateway: p99Ms(undisturbed) },
    { what: "99th percentile, a reload each 100 ms", unit: "ms", gateway: p99Ms(reloaded) },
    { what: "F75: failed requests", unit: "", gateway: failed, bar: { atMost: 0 } },
    { what: "configurations taken over", unit: "", gateway: taken },
    { what: "growth in 30 s, nothing reloaded", unit: "MB", gateway: undisturbedGrowth },
    { what: "growth in 30 s and 300 reloads", unit: "MB", gateway: growth },
    { what: "growth that reloads add", unit: "MB", gateway: growth - undisturbedGrowth, bar: { atMost: 10 } },
  ];
}
