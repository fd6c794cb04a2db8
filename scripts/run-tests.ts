/**
 * Runs the tests group by group, two at a time, goes on after a failing group, leaves a JUnit report of each and ends with
 * the sum.
 * Usage: `bun scripts/run-tests.ts [--source] [run...]`; without names every promise once, of the executable where it makes
 * it, or with `--source` of the sources alone.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { countTests, failedTests, readReports, reportDirectory, summaryLine } from "./junit-summary.ts";
import { isNamed, namedRuns, planRuns, sourceRuns, type TestRun } from "./test-runs.ts";

/** Generous for one test; the runner's own default is 5 s, and it ignores what bunfig.toml says about it. */
const testTimeoutMs = 30_000;
/** The share of one run: a run that hangs is ended and counted as a failure. Runs in full take long. */
const runTimeoutMs = process.env["FUZZ_CASES"] === undefined ? 600_000 : 3_600_000;
/** Programs that are run as people run them take their time. */
const named = { testTimeoutMs: 130_000, runTimeoutMs: 1_200_000 };
const executable = "dist/tokligence";

function chooseRuns(all: readonly TestRun[], words: readonly string[]): readonly TestRun[] {
  const names = words.filter((word) => word !== "--source");
  const unknown = names.find((name) => !all.some((run) => isNamed(run, name)));
  if (unknown !== undefined) {
    process.stderr.write(`No run ${unknown}; there are ${all.map((run) => run.name).join(", ")}.\n`);
    process.exit(2);
  }
  return words.includes("--source") ? sourceRuns(all, names) : namedRuns(all, names);
}

function reportsOf({ name }: TestRun): string[] {
  return [`${name}.xml`, `${name}-run.xml`];
}

/** Runs one run; what it prints comes at once where it is alone, else in one piece at its end. */
async function succeeds({ name, files, environment, onlyNamed }: TestRun, isAlone: boolean): Promise<boolean> {
  const report = join(reportDirectory, `${name}.xml`);
  const said = join(reportDirectory, `${name}.txt`);
  const limits = onlyNamed ? named : { testTimeoutMs, runTimeoutMs };
  const from = performance.now();
  process.stdout.write(`\n== ${name}: ${files.length} files\n`);
  const output = isAlone ? "inherit" : openSync(said, "w");
  const run = Bun.spawn(
    ["bun", "test", `--timeout=${limits.testTimeoutMs}`, "--reporter=junit", `--reporter-outfile=${report}`, ...files],
    { stdio: ["ignore", output, output], env: { ...process.env, ...environment }, timeout: limits.runTimeoutMs },
  );
  const exitCode = await run.exited;
  if (output !== "inherit") {
    closeSync(output);
    process.stdout.write(`\n== ${name}\n${readFileSync(said, "utf8")}`);
  }
  process.stdout.write(`== ${name}: ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
  if (exitCode === 0) return true;
  // A file that does not load, or a run that was ended, fails without failing a test: it must still be counted.
  const crash = '<testsuites tests="1" failures="1"><testsuite name="run"/></testsuites>';
  const counted = existsSync(report) && countTests([readFileSync(report, "utf8")]).failed > 0;
  if (!counted) writeFileSync(join(reportDirectory, `${name}-run.xml`), crash);
  return false;
}

/** The runs that failed. Tests wait as much as they work, so that two runs at a time keep two processors busy. */
async function failedRuns(chosen: readonly TestRun[]): Promise<readonly TestRun[]> {
  const lanes = chosen.some((run) => run.isAlone) ? 1 : Math.min(2, availableParallelism(), chosen.length);
  const waiting = [...chosen];
  const failed = new Set<TestRun>();
  const lane = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      if (!(await succeeds(run, lanes === 1))) failed.add(run);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return chosen.filter((run) => failed.has(run));
}

const files = [...new Glob("{src,test,scripts}/**/*.test.{ts,tsx}").scanSync(".")].toSorted();
const chosen = chooseRuns(planRuns(files, executable), process.argv.slice(2));
if (chosen.some((run) => run.needsExecutable) && !existsSync(executable)) {
  process.stderr.write(`${executable} is missing: make build.\n`);
  process.exit(1);
}
mkdirSync(reportDirectory, { recursive: true });
// Reports of other runs stay: whoever makes several of them adds them up.
const reports = chosen.flatMap(reportsOf);
for (const report of reports) rmSync(join(reportDirectory, report), { force: true });
const failed = await failedRuns(chosen);
if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.map((run) => run.name).join(", ")}\n`);
const documents = readReports(reports);
for (const test of failedTests(documents)) process.stdout.write(`failed: ${test}\n`);
const count = countTests(documents);
process.stdout.write(`${summaryLine(count)}\n`);
process.exitCode = failed.length > 0 || count.failed > 0 ? 1 : 0;
