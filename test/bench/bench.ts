/** `make bench [PART=...]`: measures the compiled gateway against a bare proxy on this machine and judges the bars. */
import { books } from "./books.ts";
import { latency } from "./latency.ts";
import { reload } from "./reload.ts";
import { keep, type Row, table, verdict } from "./report.ts";
import { rounds } from "./rounds.ts";
import { scheduler } from "./scheduler.ts";
import { startup } from "./startup.ts";
import { status } from "./status.ts";
import { streams } from "./streams.ts";
import { throughput } from "./throughput.ts";
import { translation } from "./translation.ts";
import { twin } from "./twin.ts";
import { wheel } from "./wheel.ts";

const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  startup,
  status,
  throughput,
  latency,
  streams,
  translation,
  scheduler,
  twin,
  books,
  reload,
};

/** What needs more than the executable (`make dist-python DIST_TARGETS=host`), so only when it is named. */
const onlyNamed: Readonly<Record<string, () => Promise<Row[]>>> = { wheel };

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const rows: Row[] = [];
for (const name of chosen) {
  const part = parts[name] ?? onlyNamed[name];
  if (part === undefined) {
    throw new Error(`No part ${name}; there are ${Object.keys({ ...parts, ...onlyNamed }).join(", ")}.`);
  }
  process.stderr.write(`== ${name}\n`);
  rows.push(...(await part()));
}
process.stdout.write(
  `\n${table(rows)}\n\nmedians of ${rounds} interleaved rounds; kept in ${keep(rows, chosen, rounds)}\n`,
);
process.exitCode = rows.some((row) => verdict(row) === false) ? 1 : 0;
