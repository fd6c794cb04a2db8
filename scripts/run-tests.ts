/**
 * Runs the tests group by group, goes on after a failing group, leaves a JUnit report of each and ends with the sum.
 * Usage: `bun scripts/run-tests.ts [--without] [group...]`; all groups without arguments.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { countTests, readReports, reportDirectory, summaryLine } from "./junit-summary.ts";

/** Test files by group: `unit` is `src`, `house` the files directly in `test`, the others a folder of `test` each. */
function findGroups(): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  const files = [...new Glob("{src,test,scripts}/**/*.test.{ts,tsx}").scanSync(".")].toSorted();
  for (const file of files) {
    const [room, folder] = file.split("/");
    const group =
      room === "src" || room === "scripts" ? "unit" : folder?.endsWith(".test.ts") ? "house" : (folder ?? "house");
    groups.set(group, [...(groups.get(group) ?? []), `./${file}`]);
  }
  return groups;
}

function chooseGroups(all: Map<string, string[]>, words: readonly string[]): string[] {
  const without = words[0] === "--without";
  const named = without ? words.slice(1) : words;
  const unknown = without ? undefined : named.find((name) => !all.has(name));
  if (unknown !== undefined) {
    process.stderr.write(`No group ${unknown}; there are ${[...all.keys()].join(", ")}.\n`);
    process.exit(2);
  }
  if (without) return [...all.keys()].filter((name) => !named.includes(name));
  return named.length > 0 ? [...named] : [...all.keys()];
}

function runGroup(name: string, files: readonly string[]): boolean {
  const report = join(reportDirectory, `${name}.xml`);
  process.stdout.write(`\n== ${name}: ${files.length} files\n`);
  const run = Bun.spawnSync(["bun", "test", "--reporter=junit", `--reporter-outfile=${report}`, ...files], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (run.exitCode === 0) return true;
  // A file that does not load fails the run without failing a test: it must still be counted.
  const crash = '<testsuites tests="1" failures="1"><testsuite name="run"/></testsuites>';
  const counted = existsSync(report) && countTests([readFileSync(report, "utf8")]).failed > 0;
  if (!counted) writeFileSync(join(reportDirectory, `${name}-run.xml`), crash);
  return false;
}

const groups = findGroups();
const chosen = chooseGroups(groups, process.argv.slice(2));
rmSync(reportDirectory, { recursive: true, force: true });
mkdirSync(reportDirectory, { recursive: true });
const failed = chosen.filter((name) => !runGroup(name, groups.get(name) ?? []));
if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.join(", ")}\n`);
const count = countTests(readReports());
process.stdout.write(`${summaryLine(count)}\n`);
process.exitCode = failed.length > 0 || count.failed > 0 ? 1 : 0;
