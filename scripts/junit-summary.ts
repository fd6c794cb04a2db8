import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where test runs leave one JUnit report per group, relative to the project. */
export const reportDirectory: string = ".cache/junit";

/** Tests that ran, by outcome; a skipped test counts as failed, since nothing may be skipped. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Sums what JUnit XML documents say in all: in their first element that counts, which is `<testsuites>`, or the one suite of pytest.
 * A document without one counts as one failure.
 */
export function countTests(documents: readonly string[]): TestCount {
  let passed = 0;
  let failed = 0;
  for (const document of documents) {
    const head = /<testsuites?\b[^>]*\btests="[^>]*>/.exec(document)?.[0];
    const bad =
      head === undefined ? 1 : attribute(head, "failures") + attribute(head, "errors") + attribute(head, "skipped");
    failed += bad;
    passed += head === undefined ? 0 : attribute(head, "tests") - bad;
  }
  return { passed, failed };
}

/** What failed, as "file:line  describe > test  message", one line each: the end of a log is what gets read. */
export function failedTests(documents: readonly string[]): string[] {
  return documents.flatMap((document) =>
    [...document.matchAll(/<testcase\b([^>]*)>\s*<(?:failure|error|skipped)\b([^>]*)>/g)].map(
      ([, test = "", failure = ""]) => {
        const name = [textOf(test, "classname"), textOf(test, "name")].filter((part) => part !== "").join(" > ");
        const message = textOf(failure, "message").replace(/\s+/g, " ").slice(0, 400);
        return `${textOf(test, "file")}:${textOf(test, "line")}  ${name}  ${message}`.trimEnd();
      },
    ),
  );
}

/** The last line of a test run. */
export function summaryLine(count: TestCount): string {
  return `${count.passed} passed, ${count.failed} failed`;
}

/** Reads the reports of these names that there are; every report without names. */
export function readReports(names?: readonly string[]): string[] {
  return readdirSync(reportDirectory)
    .filter((name) => (names === undefined ? name.endsWith(".xml") : names.includes(name)))
    .map((name) => readFileSync(join(reportDirectory, name), "utf8"));
}

function attribute(tag: string, name: string): number {
  return Number(new RegExp(`\\b${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
}

function textOf(attributes: string, name: string): string {
  const text = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code?: string, entity?: string) =>
    code === undefined ? (entities.get(entity ?? "") ?? whole) : String.fromCodePoint(Number(code)),
  );
}

const entities: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

if (import.meta.main) {
  const documents = readReports();
  const count = countTests(documents);
  for (const failed of failedTests(documents)) process.stdout.write(`failed: ${failed}\n`);
  process.stdout.write(`${summaryLine(count)}\n`);
  process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
}
