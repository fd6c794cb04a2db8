import { printJson, printLine, printTable } from "#cli/output.ts";

/** Titles of a table and what stands below them; null and undefined are an empty cell. */
export type Columns<View> = Readonly<Record<string, (view: View) => string | number | null | undefined>>;

/** Prints views as a table, or as one JSON object a line; `none` is the sentence where there are no views. */
export function printViews<View>(
  views: readonly View[],
  columns: Columns<View>,
  { json, none = "" }: { readonly json?: boolean | undefined; readonly none?: string },
): void {
  const cells = Object.values(columns);
  if (json === true) views.forEach(printJson);
  else if (views.length === 0) printLine(none);
  else {
    printTable(
      Object.keys(columns),
      views.map((view) => cells.map((cell) => String(cell(view) ?? ""))),
    );
  }
}
