import { wrappedText } from "#cli/wrapped-text.ts";
import { type Finding, type Subject, subjects } from "#core/doctor/finding.ts";

const marks = { ok: "ok  ", warn: "warn", fail: "FAIL" } as const;

/** What was found, by subject, in lines of at most 80 columns; each mark is a word, so that it is read without colours. */
export function doctorText(findings: readonly Finding[]): string {
  const bySubject = Map.groupBy(findings, ({ check }) => check);
  const groups = subjects.flatMap((subject) => groupText(subject, bySubject.get(subject) ?? []));
  return [...groups, "", summary(findings)].join("\n");
}

/** How many of each there are. */
export function summary(findings: readonly Finding[]): string {
  const count = (level: Finding["level"]): number => findings.filter((finding) => finding.level === level).length;
  const [failed, warned] = [count("fail"), count("warn")];
  const warnings = `${warned} ${warned === 1 ? "warning" : "warnings"}`;
  if (failed === 0) return `serve would start and work: ${warnings}.`;
  const starts = findings.every(({ level, check }) => level !== "fail" || check === "providers");
  const outlook = starts ? "serve would start, but not every route work" : "serve would not start";
  return `${outlook}: ${failed} ${failed === 1 ? "failure" : "failures"}, ${warnings}.`;
}

function groupText(subject: Subject, findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return [];
  return [subject, ...findings.flatMap(findingLines)];
}

function findingLines(finding: Finding): readonly string[] {
  const lines = wrappedText(finding.what, `  ${marks[finding.level]}  `);
  return finding.level === "ok" ? lines : [...lines, ...wrappedText(finding.fix, "        -> ")];
}
