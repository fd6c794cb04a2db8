import { expect, test } from "bun:test";
import fc from "fast-check";
import { csvLine } from "#core/evidence/csv.ts";

test("a line is ended by CRLF, absent cells are empty, and only what needs quotes has them (RFC 4180)", () => {
  expect(csvLine(["plain", 1, 2n, true, null, undefined])).toBe("plain,1,2,true,,\r\n");
  expect(csvLine(['say "so"', "a,b", "two\nlines", " edge "])).toBe('"say ""so""","a,b","two\nlines"," edge "\r\n');
});

test("F99: what a spreadsheet could take for a formula becomes a text, in full width and behind spaces too", () => {
  const formulas = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "＝1",
    "＋1",
    "－1",
    "＠a",
    " =1",
    "-",
    "-.5",
    "=cmd|' /C calc'!A0",
  ];
  for (const formula of formulas) {
    const [cell] = parsed(csvLine([formula]))[0] ?? [];
    expect(cell).toBe(`'${formula}`);
  }
  expect(csvLine(["\t=1"])).toBe('"\'\t=1"\r\n');
  expect(csvLine(["\r=1"])).toBe('"\'\r=1"\r\n');
});

test("F99: numbers stay numbers, negative amounts too", () => {
  expect(csvLine(["-12.50", -3, -7n, "0.000000001", "-0"])).toBe("-12.50,-3,-7,0.000000001,-0\r\n");
});

test("F99: whatever cells hold, they are read back as they were, or as a text that begins with an apostrophe", () => {
  const cell = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(..."=+-@\t\r\n\",;'＝＋－＠1.5 a"), maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 4 }), (rows) => {
      const read = parsed(rows.map((row) => csvLine(row)).join(""));
      expect(read.length).toBe(rows.length);
      for (const [index, row] of rows.entries()) {
        const cells = read[index] ?? [];
        expect(cells.map((text, column) => (text === `'${row[column]}` ? row[column] : text))).toEqual(row);
        for (const text of cells) if (!/^-?\d+(\.\d+)?$/.test(text)) expect(text).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
      }
    }),
    { numRuns: 500 },
  );
});

/** Cells of CSV text, read by the letter of RFC 4180. */
function parsed(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [whole, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (whole === "" && row.length === 0) break;
    row.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === "\r\n") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
