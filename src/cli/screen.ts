import { clipped } from "#cli/clipped.ts";
import { printScreen } from "#cli/output.ts";

/** Shows a text on the terminal and again every so often, until Ctrl-C or until it cannot be had. */
export async function showAnew(everyMs: number, draw: () => Promise<string>): Promise<never> {
  for (;;) {
    const { rows, columns } = process.stdout;
    printScreen(fitted(await draw(), rows || 24, columns || 80));
    await Bun.sleep(everyMs);
  }
}

/** As many lines as the terminal has, less one for the cursor, and none that it would break in two. */
export function fitted(text: string, rows: number, columns: number): string {
  const lines = text.split("\n").map((line) => clipped(line, columns));
  const most = rows - 1;
  return (lines.length <= most ? lines : [...lines.slice(0, most - 1), "…"]).join("\n");
}
