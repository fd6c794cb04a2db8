import type { BooksGateway } from "./books-gateway.ts";
import type { Row } from "./report.ts";
import { median } from "#core/bench/statistics.ts";

const questions = 20;

/** `ledger verify` by the command itself, on a gateway that does not run: all its chains, transfers and audit too. */
export async function verification({ process }: BooksGateway): Promise<Row[]> {
  const startedAtMs = performance.now();
  const { exitCode, stdout, stderr } = await process.cli("ledger", "verify", "--json");
  const wallMs = performance.now() - startedAtMs;
  if (exitCode !== 0) throw new Error(`The books do not hold: ${stdout}${stderr}`);
  const verdict = JSON.parse(stdout) as { readonly streams: readonly { rows: number }[]; readonly elapsed_ms: number };
  const rows = verdict.streams.reduce((sum, stream) => sum + stream.rows, 0);
  const bar = { atLeast: 200_000 };
  const perSecond = (ms: number): number => Math.round((rows / ms) * 1_000);
  const what = `ledger verify, ${rows.toLocaleString("en-US")} rows of all chains`;
  return [
    { what, unit: "rows/s", gateway: perSecond(verdict.elapsed_ms), bar },
    { what: `${what}, with the start of the command`, unit: "rows/s", gateway: perSecond(wallMs), bar },
  ];
}

/** `usage/summary` over HTTP on a gateway that runs; `usedKeys` is over how many its rows are spread. */
export async function summary(gateway: BooksGateway, usedKeys: number): Promise<Row[]> {
  const rowsOf = async (what: string, path: string): Promise<Pick<Row, "what" | "unit" | "gateway">> => {
    const times: number[] = [];
    while (times.length < questions) times.push(await timed(gateway, path));
    const name = `usage/summary by ${what}, rows of ${usedKeys.toLocaleString("en-US")} keys`;
    return { what: name, unit: "ms", gateway: median(times) };
  };
  // Within an hour: what is left at its ends is read from the rows themselves.
  const from = new Date(Date.now() - 20 * 86_400_000 - 1_234_567).toISOString();
  const bar = { atMost: 200 };
  return [
    { ...(await rowsOf("day and model", "group_by=day,model")), bar },
    { ...(await rowsOf("day and model since an odd minute", `group_by=day,model&from=${from}`)), bar },
    { ...(await rowsOf("model of one key", `group_by=model&key=${gateway.callers[0]?.id}`)), bar },
  ];
}

async function timed({ process, adminKey }: BooksGateway, path: string): Promise<number> {
  const startedAtMs = performance.now();
  const headers = { authorization: `Bearer ${adminKey}` };
  const answer = await fetch(`${process.url}/api/v1/usage/summary?${path}`, { headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return performance.now() - startedAtMs;
}
