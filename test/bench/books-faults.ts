import { interleavingText, runInterleavings } from "../faults/books/interleavings.ts";
import { killRounds, killText } from "../faults/books/kill-rounds.ts";
import type { Row } from "./report.ts";
import { gatewayProgram } from "./sides.ts";

const kills = Number(process.env.KILLS ?? 200);
const interleavings = Number(process.env.INTERLEAVINGS ?? 10_000);
/** Whatever happens, this many. */
const none = { atMost: 0 };

/** What hard budgets were overspent by, and acknowledged usage that was lost or doubled; the seeds stand in the output. */
export async function faults(): Promise<Row[]> {
  return [...(await overspendRows()), ...(await killRows())];
}

async function overspendRows(): Promise<Row[]> {
  const tally = await runInterleavings({ interleavings, seed: newSeed() });
  process.stderr.write(`${interleavingText(tally)}\n`);
  const of = `${count(interleavings)} interleavings of calls, leaving and crashes`;
  return [
    { what: `${of}: overspent`, unit: "nano-USD", gateway: Number(tally.overspentNanos), bar: none },
    { what: `${of}: acknowledged and lost`, unit: "", gateway: tally.lost, bar: none },
    { what: `${of}: budgets that are not their rows`, unit: "", gateway: tally.unbalanced, bar: none },
  ];
}

async function killRows(): Promise<Row[]> {
  const tally = await killRounds({ program: gatewayProgram, rounds: kills, seed: newSeed() });
  process.stderr.write(`${killText(tally)}\n`);
  const of = `${count(kills)} kill -9 under 64 streams, ${count(tally.acknowledged)} calls acknowledged`;
  return [
    { what: `${of}: lost`, unit: "", gateway: tally.lost, bar: none },
    { what: `${of}: doubled`, unit: "", gateway: tally.doubled, bar: none },
    { what: `${of}: with other counts or cost`, unit: "", gateway: tally.wrong, bar: none },
    { what: `${of}: faults of the books`, unit: "", gateway: tally.faults.length, bar: none },
    { what: `${of}: overspent`, unit: "nano-USD", gateway: Number(tally.overspentNanos), bar: none },
  ];
}

function newSeed(): number {
  const seed = Date.now() % 1_000_000;
  process.stderr.write(`seed ${seed}\n`);
  return seed;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
