/**
 * Writes `docs/conformance.md`: which test proves which pitfall, complaint, fault and promise of the books, read from the titles of the tests. With
 * `--check` only tells whether it is up to date. A number that must be proven and is not ends it with 1.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Glob } from "bun";
import { type ProvenPromise, promisesIn } from "./conformance-titles.ts";
import { keepGenerated } from "./generated-file.ts";

const root = resolve(import.meta.dir, "..");

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const complaint = (number: number): string => `T-${String(number).padStart(2, "0")}`;
const fault = (number: number): string => `F${number}`;
/** What is promised today. Other numbers are listed where tests carry them. */
const required: readonly string[] = [
  ...numbers(1, 80).map((number) => `pitfall ${number}`),
  ...[...numbers(1, 28), 30, 34, ...numbers(40, 45), 51, 52, 53].map(complaint),
  ...[...numbers(1, 55), ...numbers(62, 78), ...numbers(80, 84), 90, 91, ...numbers(93, 97), 99, 100, 105, 107].map(
    fault,
  ),
  ...[...numbers(109, 115), ...numbers(117, 120)].map(fault),
  ...numbers(1, 16).map((number) => `L${number}`),
];

interface Proof extends ProvenPromise {
  readonly file: string;
}

const files = ["src/**/*.test.ts", "test/**/*.ts"].flatMap((pattern) => [...new Glob(pattern).scanSync(root)]).sort();
const proofs = files.flatMap((file) =>
  promisesIn(readFileSync(resolve(root, file), "utf8")).map((proof): Proof => ({ ...proof, file })),
);
const proven = Map.groupBy(proofs, ({ promise }) => promise);
const missing = required.filter((promise) => !proven.has(promise));

const sections: readonly (readonly [heading: string, prefix: string])[] = [
  ["Pitfalls of protocols", "pitfall "],
  ["Complaints about other gateways", "T-"],
  ["Faults", "F"],
  ["The books", "L"],
];
const text = [
  "# Which test proves what\n\nWritten by `scripts/generate-conformance.ts` from the titles of the tests; do not edit.\n",
  ...sections.map(([heading, prefix]) => `## ${heading}\n\n${linesOf(prefix).join("\n")}\n`),
].join("\n");

keepGenerated("docs/conformance.md", text);
for (const promise of missing) process.stdout.write(`no test proves ${promise}\n`);
if (missing.length > 0) process.exitCode = 1;

function linesOf(prefix: string): string[] {
  const names = [...proven.keys()].filter((promise) => promise.startsWith(prefix));
  const place = (promise: string): number => Number(/\d+/.exec(promise)?.[0]);
  return names
    .toSorted((one, other) => place(one) - place(other))
    .flatMap((promise) => {
      const own = proven.get(promise) ?? [];
      return [
        `- **${promise}**`,
        ...own.map(({ file, title }) => `  - \`${file}\`: \`${title.replaceAll("`", "'")}\``),
      ];
    });
}
