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

/** After the first, in which everything is used for the first time. */
const rounds = 6;

/**
 * A hundred reloads in ten seconds of load, seven times: every request must be answered, and memory must not go on growing. It
 * goes up and down by some megabytes as it is collected, hence the median over three rounds.
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
  const underReloads = async (): Promise<{ readonly result: LoadResult; readonly megabytes: readonly number[] }> => {
    const megabytes: number[] = [];
    const loading = load();
    for (let number = 1; number <= reloads; number += 1) {
      gateway.write("dev/gateway.ini", turns[number % 2 === 0 ? 0 : 1]);
      gateway.signal("SIGHUP");
      await Bun.sleep(everyMs);
      megabytes.push(residentMegabytes(gateway.pid));
    }
    return { result: await loading, megabytes };
  };
  const undisturbed = await load();
  const reloaded = [await underReloads()];
  while (reloaded.length <= rounds) reloaded.push(await underReloads());
  const taken = await eventually("every reload is in the log", () => {
    const found = gateway.stderr.split('"config_reloaded"').length - 1;
    return found > rounds * reloads ? found : undefined;
  });
  const results = reloaded.map(({ result }) => result);
  const held = (from: number): number =>
    median(reloaded.slice(from, from + rounds / 2).flatMap(({ megabytes }) => megabytes));
  const [early, late] = [held(1), held(1 + rounds / 2)];
  return [
    { what: "requests, nothing reloaded", unit: "1/s", gateway: undisturbed.perSecond },
    { what: "requests, a reload each 100 ms", unit: "1/s", gateway: median(results.map(({ perSecond }) => perSecond)) },
    { what: "99th percentile, nothing reloaded", unit: "ms", gateway: undisturbed.p99Ms },
    { what: "99th percentile, a reload each 100 ms", unit: "ms", gateway: median(results.map(({ p99Ms }) => p99Ms)) },
    {
      what: "F75: failed requests",
      unit: "",
      gateway: results.reduce((sum, { errors }) => sum + errors, undisturbed.errors),
      bar: { atMost: 0 },
    },
    { what: "configurations taken over", unit: "", gateway: taken },
    { what: "memory, reloads 101 to 400", unit: "MB", gateway: early },
    { what: "memory, reloads 401 to 700", unit: "MB", gateway: late },
    { what: "F75: growth between them", unit: "MB", gateway: late - early, bar: { atMost: 10 } },
  ];
}
