import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BooksGateway } from "./books-gateway.ts";
import { runLoad } from "./load-plan.ts";
import type { Row } from "./report.ts";
import { median } from "#core/bench/statistics.ts";

const ratePerSecond = 500;
/** Somewhat less than the backup of a million rows takes: nearly all of one is measured, and nothing beside it. */
const seconds = 14;
const pairs = 3;

/** What callers feel of a backup of full books that is made while 500 calls a second are settled (F118). */
export async function backup(gateway: BooksGateway, from: number, to: number): Promise<Row[]> {
  const p99Ms = { alone: [] as number[], during: [] as number[] };
  while (p99Ms.during.length < pairs) {
    p99Ms.alone.push(await loadP99Ms(gateway, from, to));
    await using _running = startBackup(gateway);
    p99Ms.during.push(await loadP99Ms(gateway, from, to));
  }
  const alone = median(p99Ms.alone);
  const during = median(p99Ms.during);
  const what = `calls at ${ratePerSecond} requests/s while a backup is made`;
  return [
    { what: `${what}, p99 (bare: without one)`, unit: "ms", gateway: during, bare: alone },
    { what: `${what}, it adds at p99`, unit: "ms", gateway: during - alone, bar: { atMost: 20 } },
  ];
}

async function loadP99Ms(gateway: BooksGateway, from: number, to: number): Promise<number> {
  return (await runLoad({ ...gateway.side(from, to), mode: "open", ratePerSecond, seconds })).p99Ms;
}

/** A backup of the running gateway; disposing of it waits until it is done, and rejects if it failed or ended before the load. */
function startBackup({ process }: BooksGateway): AsyncDisposable {
  const output = join(process.configDir, "measured.tokb");
  let isDone = false;
  const made = process.cli("backup", "--output", output).finally(() => {
    isDone = true;
  });
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      const endedEarly = isDone;
      const { exitCode, stderr } = await made;
      rmSync(output, { force: true });
      if (exitCode !== 0) throw new Error(`The backup failed: ${stderr}`);
      if (endedEarly)
        throw new Error("The backup was over before the load was: its books are too small to measure by.");
    },
  };
}
