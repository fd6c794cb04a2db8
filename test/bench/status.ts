import { join } from "node:path";
import { median } from "#core/bench/statistics.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import type { Row } from "./report.ts";
import { gatewayProgram } from "./sides.ts";

const times = 30;

async function medianMs(task: () => Promise<unknown>): Promise<number> {
  const values: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const from = performance.now();
    await task();
    values.push(performance.now() - from);
  }
  return median(values);
}

/** How long the daemon takes to tell its status, and the whole command from its start to its end. */
export async function status(): Promise<Row[]> {
  await using gateway = await GatewayProcess.start({ program: gatewayProgram });
  const [program = "", ...words] = gatewayProgram;
  const command = [program, ...words, "status", "--config-dir", gateway.configDir];
  const env = { PATH: process.env.PATH ?? "", HOME: gateway.configDir };
  const whole = await medianMs(() => Bun.spawn(command, { stdout: "ignore", stderr: "ignore", env }).exited);
  const unix = join(gateway.configDir, "control.sock");
  const answer = await medianMs(async () => (await fetch("http://localhost/api/v1/status", { unix })).json());
  return [
    { what: "status, as the daemon answers it", unit: "ms", gateway: answer, bar: { atMost: 50 } },
    { what: "tokligence status, the whole command", unit: "ms", gateway: whole, bar: { atMost: 50 } },
  ];
}
