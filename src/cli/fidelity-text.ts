import type { FidelityRow } from "#core/translation/fidelity-report.ts";
import type { Protocol } from "#core/wire/codec.ts";

const width = 80;
const gap = "  ";

/** The words of the tables, in the order from best to worst. */
export const legend = [
  "pass    forwarded byte for byte",
  "carry   said in the provider's own words",
  "fold    said in another way, nothing lost",
  "shim    the gateway does it itself",
  "note    left out and named in x-tokligence-dropped; refused in a strict call",
  "refuse  400 before anything is sent",
];

/** What a protocol is called on the command line. */
export function shortName(protocol: Protocol): string {
  return protocol.replace(/^openai-|-messages$|-generate$/g, "");
}

/** One table for a caller's protocol: fields down, providers' protocols across; 80 columns wide for up to four of them. */
export function matrixLines(from: Protocol, rows: readonly FidelityRow[]): string[] {
  const targets = [...new Set(rows.map(({ to }) => to))];
  const fields = Map.groupBy(rows, ({ field }) => field);
  const widths = targets.map((to) => Math.max("refuse".length, shortName(to).length));
  const cells = (values: readonly string[]): string =>
    values.map((value, index) => gap + value.padEnd(widths[index] ?? 0)).join("");
  const longest = Math.max(...[...fields.keys()].map(({ length }) => length), 0);
  const most = width - widths.reduce((sum, each) => sum + each + gap.length, 0);
  const first = Math.min(longest, most);
  const line = (name: string, values: readonly string[]): string[] =>
    name.length > first
      ? [name, (" ".repeat(first) + cells(values)).trimEnd()]
      : [(name.padEnd(first) + cells(values)).trimEnd()];
  return [
    ...line(`FROM ${shortName(from)} TO`, targets.map(shortName)),
    ...[...fields].flatMap(([field, same]) =>
      line(
        field,
        same.map(({ treatment }) => treatment),
      ),
    ),
  ];
}

/** One pair of protocols in detail: each field with its treatment and how it is done, wrapped at 80 columns. */
export function pairLines(rows: readonly FidelityRow[]): string[] {
  const most = 40;
  const first = Math.min(most, Math.max(...rows.map(({ field }) => field.length), 0));
  const indent = " ".repeat(first) + gap + " ".repeat("refuse".length) + gap;
  return rows.flatMap(({ field, treatment, how = "" }) => {
    const [begin = "", ...rest] = wrapped(how, width - indent.length);
    const told = `${gap}${treatment.padEnd("refuse".length)}${gap}${begin}`;
    const head = field.length > first ? [field, " ".repeat(first) + told] : [field.padEnd(first) + told];
    return [...head, ...rest.map((text) => indent + text)].map((text) => text.trimEnd());
  });
}

function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
