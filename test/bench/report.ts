import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** One line of the table: what was measured on each side, and the bar if there is one. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly gateway: number;
  readonly bare?: number;
  /** The gateway between a caller and a provider of one protocol, beside a figure of a translation. */
  readonly sameProtocol?: number;
  /** What the bar judges: `gateway` itself when undefined. */
  readonly ratio?: number;
  readonly bar?: { readonly atLeast: number } | { readonly atMost: number };
}

/** Whether the row meets its bar; undefined without one. */
export function verdict(row: Row): boolean | undefined {
  if (row.bar === undefined) return undefined;
  const judged = row.ratio ?? row.gateway;
  return "atLeast" in row.bar ? judged >= row.bar.atLeast : judged <= row.bar.atMost;
}

/** The rows as a table for people. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    show(row.gateway),
    show(row.sameProtocol),
    show(row.bare),
    row.unit,
    show(row.ratio),
    barText(row),
    verdictText(row),
  ]);
  const all = [["", "gateway", "same", "bare", "unit", "ratio", "bar", ""], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return all.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

/** Keeps the rows with machine and commit as `docs/bench/<date>-<commit>.json`; gives back the path. */
export function keep(rows: readonly Row[], parts: readonly string[], rounds: number): string {
  const commit = Bun.spawnSync(["git", "describe", "--always", "--dirty"]).stdout.toString().trim() || "uncommitted";
  const at = new Date().toISOString();
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, platform: process.platform, bun: Bun.version };
  const path = `docs/bench/${at.slice(0, 10)}-${commit}.json`;
  mkdirSync("docs/bench", { recursive: true });
  const judged = rows.map((row) => ({ ...row, met: verdict(row) }));
  writeFileSync(
    path,
    `${JSON.stringify({ commit, at, machine, parts: parts.join(" "), rounds, rows: judged }, undefined, 2)}\n`,
  );
  return path;
}

function show(value: number | undefined): string {
  if (value === undefined) return "";
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(2);
}

function barText(row: Row): string {
  if (row.bar === undefined) return "";
  return "atLeast" in row.bar ? `>= ${row.bar.atLeast}` : `<= ${row.bar.atMost}`;
}

function verdictText(row: Row): string {
  const met = verdict(row);
  return met === undefined ? "" : met ? "met" : "MISSED";
}
