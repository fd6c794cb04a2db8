import { expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "#core/errors.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { formatIniValue, replaceIniValue } from "#settings/ini/write-ini.ts";

const pairs = (text: string): [string, string, string][] =>
  readIni(text).lines.map(({ section, key, value }) => [section, key, value]);

test("comments begin at line start or after white space, and only there", () => {
  const text = "# a\n; b\n  # c\nurl = http://h/#top ; d\nkey = a;b#c\nempty = # nothing\ntight =#kept\n";
  expect(pairs(text)).toEqual([
    ["", "url", "http://h/#top"],
    ["", "key", "a;b#c"],
    ["", "empty", ""],
    ["", "tight", "#kept"],
  ]);
});

test("quotes protect a value and are dropped", () => {
  const text = `a = "x # y"  # comment\nb = 'single'\nc = "say \\"hi\\" \\\\"\nd = "a", "b"\ne = ""\n`;
  expect(pairs(text).map(([, , value]) => value)).toEqual(["x # y", "single", 'say "hi" \\', '"a", "b"', ""]);
});

test("sections keep their dots, keys keep everything before the first equals sign", () => {
  expect(pairs("[provider.openai.gpt-4.1] ; note\nmax_rps=1\n[routes]\ngpt-* = a/b=c\n")).toEqual([
    ["provider.openai.gpt-4.1", "max_rps", "1"],
    ["routes", "gpt-*", "a/b=c"],
  ]);
});

test("a byte order mark and Windows line ends are no part of the text", () => {
  expect(pairs("\uFEFF[a]\r\nb = c\r\n")).toEqual([["a", "b", "c"]]);
});

test("lines that cannot be read are named by number and the others still count", () => {
  const { lines, faults } = readIni('[a\nnonsense\nx = "open\n= y\nb = 1');
  expect(faults.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
  expect(lines.map(({ key }) => key)).toEqual(["b"]);
});

const lineText = fc.string({ unit: "binary" }).filter((value) => {
  try {
    formatIniValue(value);
    return true;
  } catch {
    return false;
  }
});

test("any value that fits a line is read back as it was written, comment or not", () => {
  fc.assert(
    fc.property(fc.oneof(lineText, fc.string()), fc.constantFrom("", " # note", "\t; note"), (value, comment) => {
      fc.pre(!/[\p{Cc}\uFEFF]/u.test(value.replaceAll("\t", "")));
      expect(pairs(`[s]\nk = ${formatIniValue(value)}${comment}\n`)).toEqual([["s", "k", value]]);
    }),
  );
});

test("replacing a value changes nothing else", () => {
  fc.assert(
    fc.property(lineText, lineText, (before, after) => {
      fc.pre(before !== "");
      const text = `; head\r\n[s]\nother = 1 ; one\nk = ${formatIniValue(before)}   # why\n`;
      const line = readIni(text).lines[1];
      if (line === undefined) throw new Error("the line is there");
      const changed = replaceIniValue(text, line, after);
      expect(pairs(changed)).toEqual([
        ["s", "other", "1"],
        ["s", "k", after],
      ]);
      expect(changed.startsWith("; head\r\n[s]\nother = 1 ; one\nk = ")).toBe(true);
      expect(changed.endsWith("   # why\n")).toBe(true);
    }),
  );
});

test("an empty value is replaced where it stands", () => {
  const text = "k =  # none\n";
  const [line] = readIni(text).lines;
  if (line === undefined) throw new Error("the line is there");
  expect(replaceIniValue(text, line, "v")).toBe("k =  v # none\n");
});

test("a value with a line break is refused", () => {
  expect(() => formatIniValue("a\nb = c")).toThrow(GatewayError);
});
