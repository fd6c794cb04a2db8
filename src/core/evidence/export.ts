import { csvLine } from "#core/evidence/csv.ts";
import { type ExportRow, exportColumns } from "#core/evidence/export-row.ts";
import type { Stream } from "#core/evidence/stream.ts";

/** How rows are written: RFC 4180 with names in the first line, or one JSON object a line. */
export const exportFormats = ["csv", "jsonl"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Media types of the formats. */
export const exportMediaTypes: Readonly<Record<ExportFormat, string>> = {
  csv: "text/csv; charset=utf-8; header=present",
  jsonl: "application/jsonl; charset=utf-8",
};

const pageRows = 1_000;

/** What stands before the first row: the names of the columns as CSV, nothing as JSON Lines. */
export function exportHead(format: ExportFormat, stream: Stream): string {
  return format === "csv" ? csvLine(exportColumns(stream)) : "";
}

/** One row, its line end included. */
export function exportLine(format: ExportFormat, row: ExportRow): string {
  return format === "csv" ? csvLine(Object.values(row)) : `${JSON.stringify(row)}\n`;
}

/** Asks for rows of a chain after one of them, in their order. */
export type RowPage = (question: {
  readonly stream: Stream;
  readonly after: number;
  readonly limit: number;
}) => Promise<{ readonly data: readonly ExportRow[] }>;

/** Every row of a chain, a page at a time: never more than one is held. */
export async function* exportPages(
  page: RowPage,
  stream: Stream,
): AsyncGenerator<readonly ExportRow[], void, undefined> {
  for (let after = 0; ;) {
    const { data } = await page({ stream, after, limit: pageRows });
    const last = data.at(-1);
    if (last === undefined) return;
    yield data;
    after = Number(last.seq);
  }
}

/** A whole chain as text. */
export async function* exportText(
  page: RowPage,
  stream: Stream,
  format: ExportFormat,
): AsyncGenerator<string, void, undefined> {
  const head = exportHead(format, stream);
  if (head !== "") yield head;
  for await (const rows of exportPages(page, stream)) yield rows.map((row) => exportLine(format, row)).join("");
}
