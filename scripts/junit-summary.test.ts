import { expect, test } from "bun:test";
import { countTests, failedTests, summaryLine } from "./junit-summary.ts";

const report = (tests: number, failures: number, skipped: number): string =>
  `<?xml version="1.0"?>\n<testsuites name="bun test" tests="${tests}" assertions="9" failures="${failures}" skipped="${skipped}" time="1"><testsuite tests="77" failures="5"/></testsuites>`;

test("the sum counts every report once, by its head", () => {
  expect(countTests([report(5, 1, 0), report(3, 0, 0)])).toEqual({ passed: 7, failed: 1 });
});

test("the one suite of a Python run counts, since nothing above it does", () => {
  const pytest =
    '<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" ' +
    'failures="1" skipped="0" tests="5" time="0.1"><testcase classname="a" name="b" /></testsuite></testsuites>';
  expect(countTests([pytest, report(1, 0, 0)])).toEqual({ passed: 4, failed: 2 });
});

test("a skipped test counts as failed", () => {
  expect(countTests([report(4, 0, 2)])).toEqual({ passed: 2, failed: 2 });
});

test("a report that was cut off counts as a failure", () => {
  expect(countTests(["<testsui"])).toEqual({ passed: 0, failed: 1 });
});

test("what failed is named with its place and why, in one line", () => {
  const passing = '<testcase name="well" classname="" file="a.test.ts" line="1" />';
  const failing =
    '<testcase name="says &quot;no&quot;" classname="a &amp; b" time="0.1" file="a.test.ts" line="7" assertions="1">\n' +
    '  <failure type="AssertionError" message="expected 1&#10;received 2">Trace</failure>\n</testcase>';
  expect(failedTests([`<testsuites>${passing}${failing}</testsuites>`])).toEqual([
    'a.test.ts:7  a & b > says "no"  expected 1 received 2',
  ]);
});

test("the last line says both numbers", () => {
  expect(summaryLine({ passed: 12, failed: 0 })).toBe("12 passed, 0 failed");
});
