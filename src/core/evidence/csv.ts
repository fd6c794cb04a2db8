/** A cell of a table that is written as CSV. */
export type CsvCell = string | number | bigint | boolean | null | undefined;

/** What a spreadsheet may take for the beginning of a formula, in full width too (OWASP, "CSV injection"). */
const formulaStart = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
const plainNumber = /^-?\d+(\.\d+)?$/;
const needsQuotes = /["\r\n,;\t]|^\s|\s$/;

/**
 * One line of CSV (RFC 4180), ended by CRLF. A text that a spreadsheet could run as a formula gets `'` in front and so
 * stays a text; what reads as a plain decimal number stays one, negative amounts too. Absent cells are empty.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined) return "";
  const said = String(cell);
  const text = formulaStart.test(said) && !plainNumber.test(said) ? `'${said}` : said;
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
