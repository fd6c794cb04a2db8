import { expect, test } from "bun:test";
import { fittedHelp, wrappedText } from "#cli/wrapped-text.ts";

const words = (count: number): string => Array(count).fill("word").join(" ");

test("text is broken between words below its own beginning; a long word stays whole", () => {
  const lines = wrappedText(words(30), "  ok    ");
  expect(lines.length).toBe(3);
  expect(lines[1]).toStartWith("        word");
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  const path = `/${"x".repeat(100)}`;
  expect(wrappedText(`see ${path}`, "- ")).toEqual(["- see", `  ${path}`]);
});

test("help fits 80 columns, without spaces at the ends of lines", () => {
  const help = `${words(20)} (a command)\n\nOPTIONS\n\n  \u001b[36m--flag=<x>\u001b[39m    short${" ".repeat(70)}\n  --other       ${words(20)}`;
  const lines = fittedHelp(help).split("\n");
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(lines).toContain("  --flag=<x>    short");
  expect(lines.at(-1)).toStartWith("                word");
  expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
});
