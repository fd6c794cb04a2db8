import { type ErrorCode, errorTable } from "#core/errors.ts";

/** What is looked at, in the order in which `serve` would meet it. */
export const subjects = [
  "configuration",
  "permissions",
  "data",
  "disk",
  "ports",
  "routes",
  "providers",
  "limits",
  "accounts",
  "machine",
  "clock",
] as const;
/** One of them. */
export type Subject = (typeof subjects)[number];

/** What was found: as it should be, worth a look, or in the way of serving. */
export type Finding = {
  readonly check: Subject;
  /** A sentence for people, without secrets. */
  readonly what: string;
} & (
  | { readonly level: "ok" }
  | { readonly level: "warn"; readonly fix: string }
  | { readonly level: "fail"; readonly fix: string; readonly code: ErrorCode }
);

/** All is well. */
export function sound(check: Subject, what: string): Finding {
  return { level: "ok", check, what };
}

/** `serve` works, though not as somebody may think; `fix` is the command or the line to write. */
export function warning(check: Subject, what: string, fix: string): Finding {
  return { level: "warn", check, what, fix };
}

/** `serve` would not start, or not work; `code` is the error that it would end with. */
export function failure(check: Subject, code: ErrorCode, what: string, fix: string): Finding {
  return { level: "fail", check, what, fix, code };
}

/** 0 when `serve` would start and work, else the exit code of what would stop it first. */
export function exitCodeOf(findings: readonly Finding[]): number {
  const failed = findings.flatMap((finding) => (finding.level === "fail" ? [finding] : []));
  const [first] = failed.toSorted((a, b) => subjects.indexOf(a.check) - subjects.indexOf(b.check));
  return first === undefined ? 0 : errorTable[first.code].exit;
}
