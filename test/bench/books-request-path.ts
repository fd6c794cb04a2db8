import { type BooksGateway, openBooksGateway } from "./books-gateway.ts";
import { runLoad } from "./load-plan.ts";
import { cpuSeconds } from "./measured-process.ts";
import type { Row } from "./report.ts";
import { median } from "#core/bench/statistics.ts";

const pairs = Number(process.env.PAIRS ?? 15);
const connections = 32;
const warmUpSeconds = 3;
/** Both are measured by turns, so that whatever else the machine does meets them alike. */
const turns = 3;
const turnSeconds = 1;
const callers = 1_000;
const budgeted = 64;

/**
 * CPU of the gateway for one request with full books and with empty ones: the same callers, of whom some have a hard budget.
 * Processes are started anew for each pair, as in `scheduler-on-off.ts`; the empty books are, too, or they would fill.
 */
export async function requestPath(origin: string, full: BooksGateway): Promise<Row[]> {
  const measured: { full: number; empty: number }[] = [];
  while (measured.length < pairs) {
    await using empty = await openBooksGateway(origin, { keys: callers, usedKeys: 0, rows: 0, callers }, budgeted);
    const gateways = { full, empty };
    const order = measured.length % 2 === 0 ? (["full", "empty"] as const) : (["empty", "full"] as const);
    await full.process.serve();
    await empty.process.serve();
    const cost = { full: 0, empty: 0 };
    for (const name of order) await cpuMicroseconds(gateways[name], warmUpSeconds);
    for (let turn = 0; turn < turns; turn += 1) {
      for (const name of order) cost[name] += (await cpuMicroseconds(gateways[name], turnSeconds)) / turns;
    }
    await full.process.stop();
    measured.push(cost);
    process.stderr.write(".");
  }
  process.stderr.write("\n");
  return [
    {
      what: `CPU per request, 100,000 keys and 1,000,000 rows against empty books, ${pairs} pairs (bare: empty)`,
      unit: "us",
      gateway: median(measured.map((cost) => cost.full)),
      bare: median(measured.map((cost) => cost.empty)),
      ratio: median(measured.map((cost) => cost.full / cost.empty)),
      bar: { atMost: 1.05 },
    },
  ];
}

async function cpuMicroseconds(gateway: BooksGateway, seconds: number): Promise<number> {
  const side = gateway.side(0, callers);
  const before = cpuSeconds(side.pid);
  const { perSecond } = await runLoad({ ...side, mode: "closed", connections, seconds });
  return ((cpuSeconds(side.pid) - before) * 1e6) / (perSecond * seconds);
}
