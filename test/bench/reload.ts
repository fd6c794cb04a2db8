import { eventually } from "../harness/eventually.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { type LoadResult, runLoad } from "./load-plan.ts";
import { residentMegabytes, startServer } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { gatewayProgram, general } from "./sides.ts";

const reloads = 100;
const everyMs = 100;
const seconds = (reloads * everyMs) / 1000;

/** A hundred reloads in ten seconds of load, twice: every request must be answered, and memory must not go on growing. */
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
  const undisturbed = await load();
  const before = residentMegabytes(gateway.pid);
  const first = await underReloads();
  const between = residentMegabytes(gateway.pid);
  const second = await underReloads();
  const after = residentMegabytes(gateway.pid);
  const taken = await eventually("every reload is in the log", () => {
    const found = gateway.stderr.split('"config_reloaded"').length - 1;
    return found >= 2 * reloads - 2 ? found : undefined;
  });
  return [
    { what: "requests, nothing reloaded", unit: "1/s", gateway: undisturbed.perSecond },
    { what: "requests, a reload each 100 ms", unit: "1/s", gateway: second.perSecond },
    { what: "99th percentile, a reload each 100 ms", unit: "ms", gateway: second.p99Ms },
    { what: "F75: failed requests", unit: "", gateway: first.errors + second.errors, bar: { atMost: 0 } },
    { what: "configurations taken over", unit: "", gateway: taken },
    { what: "memory before the reloads", unit: "MB", gateway: before },
    { what: "growth in the first 100 reloads", unit: "MB", gateway: between - before },
    { what: "growth in the second 100 reloads", unit: "MB", gateway: after - between, bar: { atMost: 10 } },
  ];
}
