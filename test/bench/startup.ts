import { GatewayProcess } from "../harness/gateway-process.ts";
import { residentMegabytes } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { rounds } from "./rounds.ts";
import { gatewayProgram } from "./sides.ts";
import { median } from "#core/bench/statistics.ts";

async function timeMs(task: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await task();
  return performance.now() - from;
}

async function repeat(times: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let round = 0; round < times; round += 1) values.push(await measure());
  return values;
}

async function firstAnswer(gateway: GatewayProcess): Promise<void> {
  gateway.spawn();
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    const answer = await fetch(`${gateway.url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    await Bun.sleep(1);
  }
  throw new Error(`The gateway did not start.\n${gateway.stderr}`);
}

/** How fast the program answers `version`, how fast `serve` answers its first request, and what it holds when idle. */
export async function startup(): Promise<Row[]> {
  const [program = "", ...words] = gatewayProgram;
  const version = await repeat(20, () =>
    timeMs(() => Bun.spawn([program, ...words, "version"], { stdout: "ignore" }).exited),
  );
  const idle: number[] = [];
  const first = await repeat(rounds, async () => {
    await using gateway = new GatewayProcess({ program: gatewayProgram });
    const elapsed = await timeMs(() => firstAnswer(gateway));
    await Bun.sleep(1_000);
    idle.push(residentMegabytes(gateway.pid));
    return elapsed;
  });
  return [
    { what: "tokligence version", unit: "ms", gateway: median(version), bar: { atMost: 30 } },
    { what: "T-36: start to first 200", unit: "ms", gateway: median(first), bar: { atMost: 300 } },
    { what: "idle memory of all its processes", unit: "MB", gateway: median(idle), bar: { atMost: 90 } },
  ];
}
