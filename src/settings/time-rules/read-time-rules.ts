import type { TimeRule } from "#core/time-rules/time-rules.ts";
import { toGatewayError } from "#core/errors.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { problemLine } from "#settings/problems.ts";
import { readTextFile } from "#settings/read-text-file.ts";
import { readRule, type RuleContext, type RuleSection } from "#settings/time-rules/read-rule.ts";

/** The rules of a file in order of declaration, and everything wrong with it as `file:line: section.key: what`. */
export interface TimeRulesFile {
  /** Those that could be read; a file with problems should not be used. */
  readonly rules: readonly TimeRule[];
  readonly problems: readonly string[];
}

const usual: RuleContext = { defaultTimezone: "UTC", levels: 10 };

/** Reads a file of `[rule.GROUP.NAME]` sections. One that is not there, or cannot be read, is a problem too. */
export function readTimeRules(
  path: string,
  context: Partial<RuleContext> = {},
  readFile: (path: string) => string | undefined = readTextFile,
): TimeRulesFile {
  const text = textOf(path, readFile);
  if ("problem" in text) return { rules: [], problems: [text.problem] };
  const { lines, faults } = readIni(text.text);
  const problems = faults.map((fault) => ({ line: fault.line, text: fault.text }));
  const sections = new Map<string, RuleSection & { readonly values: Map<string, { value: string; line: number }> }>();
  for (const { section, key, value, line } of lines) {
    const found = sections.get(section) ?? { name: section, line, values: new Map() };
    sections.set(section, found);
    const earlier = found.values.get(key);
    if (earlier === undefined) found.values.set(key, { value, line });
    else problems.push({ line, text: `${section}.${key}: already set in line ${earlier.line}` });
  }
  const rules = [...sections.values()].flatMap((section) => {
    const refuse = (what: string, key?: string): void => {
      const line = (key === undefined ? undefined : section.values.get(key)?.line) ?? section.line;
      problems.push({ line, text: `${section.name}${key === undefined ? "" : `.${key}`}: ${what}` });
    };
    if (!/^rule\.[^.]+\.[^.]/.test(section.name)) {
      refuse("expected a section [rule.GROUP.NAME]; [time_rules] itself belongs into the configuration");
      return [];
    }
    return readRule(section, { ...usual, ...context }, refuse) ?? [];
  });
  const ordered = problems.toSorted((a, b) => a.line - b.line);
  return {
    rules,
    problems: ordered.map(({ line, text: what }) =>
      problemLine({ origin: { layer: "flag", file: path, line }, text: what }),
    ),
  };
}

function textOf(
  path: string,
  readFile: (path: string) => string | undefined,
): { readonly text: string } | { readonly problem: string } {
  try {
    const text = readFile(path);
    return text === undefined ? { problem: `${path}: there is no such file` } : { text };
  } catch (thrown) {
    return { problem: toGatewayError(thrown).message };
  }
}
