import { formatIniValue } from "#settings/ini/write-ini.ts";
import { canonicalKey, patternKey } from "#settings/key-path.ts";

/** The template with the given values active: in place of their commented line, else in a section at the end. */
export function fillTemplate(template: string, values: ReadonlyMap<string, string>): string {
  const left = new Map(values);
  let section = "";
  const lines = template.split("\n").map((line) => {
    section = /^\[([^\]]+)\]/.exec(line)?.[1] ?? section;
    const name = /^# (\S+) =/.exec(line)?.[1];
    if (name === undefined) return line;
    const key = canonicalKey(section === "" ? name : `${section}.${name}`);
    const value = left.get(key);
    if (value === undefined) return line;
    left.delete(key);
    return `${name} = ${formatIniValue(value)}`;
  });
  return (
    lines.join("\n") + [...groupBySection(left)].map(([title, pairs]) => `\n[${title}]\n${pairs.join("\n")}\n`).join("")
  );
}

function groupBySection(values: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  for (const [key, value] of values) {
    const cut = patternKey(key)?.section.length ?? key.lastIndexOf(".");
    const section = key.slice(0, cut);
    const pair = `${key.slice(cut + 1)} = ${formatIniValue(value)}`;
    sections.set(section, [...(sections.get(section) ?? []), pair]);
  }
  return sections;
}
