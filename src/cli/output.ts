import { writeSync } from "node:fs";
import { printableJson, printableText } from "#platform/printable.ts";

const standardOutput = 1;
const standardError = 2;

const cursorHome = "\u001b[H";
const clearToEndOfLine = "\u001b[K";
const clearBelow = "\u001b[J";

/** Prints a value as one line of JSON. */
export function printJson(value: unknown): void {
  write(standardOutput, `${printableJson(value)}\n`);
}

/** Prints text of the program itself; each line is cleaned of control characters. */
export function printLine(text: string): void {
  write(standardOutput, `${text.split("\n").map(printableText).join("\n")}\n`);
}

/** Prints text as it is; on a terminal each line is cleaned of control characters. */
export function printText(text: string): void {
  write(standardOutput, process.stdout.isTTY ? text.split("\n").map(printableText).join("\n") : text);
}

/** Prints one line on standard error: a notice or the reason of a failure. */
export function printNotice(text: string): void {
  write(standardError, `${text.split("\n").map(printableText).join("\n")}\n`);
}

/** Shows text in the place of everything on the terminal; each line is cleaned of control characters. */
export function printScreen(text: string): void {
  const lines = text.split("\n").map((line) => `${printableText(line)}${clearToEndOfLine}\n`);
  write(standardOutput, `${cursorHome}${lines.join("")}${clearBelow}`);
}

/** Prints rows in columns, two spaces apart; columns of numbers are aligned to the right. */
export function printTable(titles: readonly string[], rows: readonly (readonly string[])[]): void {
  write(standardOutput, tableText(titles, rows));
}

/** What `printTable` prints. */
export function tableText(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => titles.map((_, column) => printableText(row[column] ?? "")));
  const columns = titles.map((title, column) => {
    const values = cells.map((row) => row[column] ?? "");
    return {
      width: Math.max(...[title, ...values].map((text) => Bun.stringWidth(text))),
      numeric: values.length > 0 && values.every((value) => /^[-$]?[\d.,]*$/.test(value)),
    };
  });
  return [titles, ...cells].map((row) => `${rowText(row, columns)}\n`).join("");
}

function rowText(
  row: readonly string[],
  columns: readonly { readonly width: number; readonly numeric: boolean }[],
): string {
  const padded = columns.map(({ width, numeric }, column) => {
    const cell = row[column] ?? "";
    const space = " ".repeat(width - Bun.stringWidth(cell));
    return numeric ? space + cell : cell + space;
  });
  return padded.join("  ").trimEnd();
}

/**
 * Synchronous, so that nothing is lost when the process ends right after. A reader that left (`| head`) ends the
 * command quietly; a terminal somebody set to non-blocking is asked again.
 */
function write(descriptor: number, text: string): void {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (thrown) {
      const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
      if (code === "EPIPE") process.exit(0);
      if (code !== "EAGAIN") throw thrown;
      Bun.sleepSync(5);
    }
  }
}
