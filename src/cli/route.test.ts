import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { matrixLines, pairLines } from "#cli/fidelity-text.ts";
import type { FidelityRow } from "#core/translation/fidelity-report.ts";

const main = resolve(import.meta.dir, "../main.ts");

function explain(...words: string[]): { code: number; out: string; error: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, main, "route", "explain", ...words]);
  return { code: exitCode, out: stdout.toString(), error: stderr.toString() };
}

const rowsOf = (out: string): FidelityRow[] =>
  out
    .trim()
    .split("\n")
    .map((line): FidelityRow => JSON.parse(line));

test("the whole matrix and every pair fit 80 columns", () => {
  const { code, out } = explain("--fidelity");
  expect(code).toBe(0);
  for (const from of ["chat", "responses", "anthropic", "gemini"]) expect(out).toContain(`FROM ${from} TO`);
  const pair = explain("--fidelity", "--from", "gemini", "--to", "openai-chat").out;
  for (const line of [...out.split("\n"), ...pair.split("\n")]) expect(line.length).toBeLessThanOrEqual(80);
});

test("as JSON it is one line for each field and pair, with the treatment that the codecs declare", () => {
  const rows = rowsOf(explain("--fidelity", "--json", "--from", "chat").out);
  expect(new Set(rows.map(({ to }) => to)).size).toBe(4);
  const treatment = (field: string, to: string): string | undefined =>
    rows.find((row) => row.field === field && row.to === to)?.treatment;
  expect(treatment("n", "anthropic-messages")).toBe("refuse");
  expect(treatment("seed", "anthropic-messages")).toBe("note");
  expect(treatment("seed", "gemini-generate")).toBe("carry");
  expect(treatment("seed", "openai-chat")).toBe("pass");
});

test("what the gateway does itself with a field is said of every provider", () => {
  const rows = rowsOf(explain("--fidelity", "--json", "--from", "responses").out);
  for (const [field, treatment] of [
    ["previous_response_id", "shim"],
    ["store", "shim"],
    ["background", "refuse"],
  ]) {
    const told = rows.filter((row) => row.field === field).map((row) => row.treatment);
    expect([field, ...told]).toEqual([field, treatment, treatment, treatment, treatment]);
  }
});

test("--from and --to choose, and what is no protocol is refused with the names of those that are", () => {
  const rows = rowsOf(explain("--fidelity", "--json", "--from", "anthropic", "--to", "responses").out);
  expect(new Set(rows.map(({ from, to }) => `${from} ${to}`))).toEqual(
    new Set(["anthropic-messages openai-responses"]),
  );
  const wrong = explain("--fidelity", "--to", "grpc");
  expect(wrong.code).toBe(2);
  expect(wrong.error).toContain("chat, responses, anthropic, gemini");
  expect(explain().code).toBe(2);
});

test("a field that is too long for its column stands on a line of its own", () => {
  const field = "x".repeat(60);
  const rows: FidelityRow[] = (["openai-chat", "gemini-generate"] as const).map((to) => ({
    from: "openai-responses",
    to,
    field,
    feature: "plain",
    treatment: "carry",
  }));
  const long = matrixLines("openai-responses", [...rows, ...rows.map((row) => ({ ...row, field: "y".repeat(70) }))]);
  for (const line of long) expect(line.length).toBeLessThanOrEqual(80);
  expect(long).toContain("y".repeat(70));
  const how = "many words ".repeat(10).trim();
  const pair = pairLines(rows.slice(0, 1).map((row) => ({ ...row, how })));
  expect(pair[0]).toBe(field);
  expect(pair.length).toBeGreaterThan(3);
  for (const line of pair) expect(line.length).toBeLessThanOrEqual(80);
  expect(pair.join(" ").replace(/\s+/g, " ")).toContain(how);
});
