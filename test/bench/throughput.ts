import { runLoad } from "./load-plan.ts";
import { cpuSeconds, timeWaitSockets } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { interleave } from "./rounds.ts";
import { type Side, type Sides, startSides } from "./sides.ts";

interface Throughput {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly timeWait: number;
}

async function measure(sides: Sides, side: Side, connections: number): Promise<Throughput> {
  const cpuBefore = cpuSeconds(side.pid);
  const timeWaitBefore = timeWaitSockets(sides.direct.port);
  const seconds = 2;
  const result = await runLoad({ ...side, mode: "closed", connections, seconds });
  const cpu = cpuSeconds(side.pid) - cpuBefore;
  // The load warms up for a tenth of its time, uncounted.
  const cpuMicroseconds = (cpu * 1e6) / (result.perSecond * seconds);
  // Only those that were not there before: sockets of earlier rounds expire meanwhile.
  const timeWait = timeWaitSockets(sides.direct.port).difference(timeWaitBefore).size;
  return { perSecond: result.perSecond, cpuMicroseconds, timeWait };
}

/** Requests per second, CPU per request, and sockets left behind, with keys, ledger and metrics on. */
export async function throughput(): Promise<Row[]> {
  await using sides = await startSides();
  const rows: Row[] = [];
  for (const connections of [32, 64, 200]) {
    const { gateway, bare } = await interleave(["gateway", "bare"], (name) => measure(sides, sides[name], connections));
    const ratio = gateway.perSecond / bare.perSecond;
    const at = `at ${connections} connections`;
    rows.push({
      what: `requests ${at}`,
      unit: "1/s",
      gateway: gateway.perSecond,
      bare: bare.perSecond,
      ratio,
      ...(connections === 32 ? { bar: { atLeast: 0.55 } } : {}),
    });
    rows.push({
      what: `CPU per request ${at}`,
      unit: "us",
      gateway: gateway.cpuMicroseconds,
      bare: bare.cpuMicroseconds,
    });
    rows.push({
      what: `sockets left in TIME_WAIT ${at}`,
      unit: "",
      gateway: gateway.timeWait,
      bare: bare.timeWait,
      ...(connections === 64 ? { bar: { atMost: 499 } } : {}),
    });
  }
  return rows;
}
