import { GatewayError } from "#core/errors.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { formatIniValue, replaceIniValue } from "#settings/ini/write-ini.ts";
import { canonicalKey, patternKey } from "#settings/key-path.ts";
import { findKey } from "#settings/known-keys.ts";

/**
 * The INI text with one key (canonical) set: in the line that holds it, else in the commented line of the template, else
 * below the last line of its section, else in a section at the end. Everything else stays byte for byte. Throws `usage`
 * for a name or value that no line can hold.
 */
export function setIniValue(text: string, key: string, value: string): string {
  // A byte order mark stays in front of whatever comes first.
  if (text.startsWith("\uFEFF")) return `\uFEFF${setIniValue(text.slice(1), key, value)}`;
  const held = readIni(text).lines.find((line) => keyIn(line.section, line.key) === key);
  if (held !== undefined) return held.value === value ? text : replaceIniValue(text, held, value);
  return activated(text, key, value) ?? appended(text, key, value);
}

const keyIn = (section: string, name: string): string => canonicalKey(section === "" ? name : `${section}.${name}`);

const header = /^\s*\[([^\]]+)\]/;
const commentedHeader = /^#\s*\[[^\]]+\]/;

/** A line of a file, and the section it stands in: undefined below a section that is commented out. */
interface Row {
  readonly line: string;
  readonly section: string | undefined;
}

function rowsOf(text: string): readonly Row[] {
  let section: string | undefined = "";
  return text.split("\n").map((line) => {
    if (commentedHeader.test(line)) section = undefined;
    section = header.exec(line)?.[1]?.trim() ?? section;
    return { line, section };
  });
}

function activated(text: string, key: string, value: string): string | undefined {
  const rows = rowsOf(text);
  const at = rows.findIndex(({ line, section }) => {
    const [, name = "", rest = ""] = /^# (\S+) =(?: (.*?))?\r?$/.exec(line) ?? [];
    // Whatever else somebody has noted behind a comment sign is theirs.
    return section !== undefined && name !== "" && keyIn(section, name) === key && rest === templateValue(key);
  });
  if (at < 0) return undefined;
  const lines = rows.map(({ line }) => line);
  lines[at] = (lines[at] ?? "").replace(
    /^# (\S+) =.*?(\r?)$/,
    (_, name: string, end: string) => `${name} = ${formatIniValue(value)}${end}`,
  );
  return lines.join("\n");
}

function templateValue(key: string): string {
  const standard = findKey(key)?.facts.default;
  return Array.isArray(standard) ? standard.join(", ") : String(standard ?? "");
}

function appended(text: string, key: string, value: string): string {
  const cut = patternKey(key)?.section.length ?? Math.max(key.lastIndexOf("."), 0);
  const section = key.slice(0, cut);
  const name = section === "" ? key : key.slice(cut + 1);
  if (/[=\p{Cc}]|^\s|\s$|^[[#;"']/u.test(name) || /[\]\p{Cc}]/u.test(section)) {
    throw new GatewayError("usage", `${key} cannot stand in an INI file; write it into config.yaml`);
  }
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const pair = `${name} = ${formatIniValue(value)}`;
  const rows = rowsOf(text);
  const last = lastOfSection(rows, section);
  if (last !== undefined) {
    const lines = rows.map(({ line }) => line);
    // The last line of a file may lack its end.
    const isOpen = last === lines.length - 1;
    lines.splice(last + 1, 0, `${pair}${end.slice(0, -1)}`);
    if (isOpen) lines[last] = `${lines[last] ?? ""}${end.slice(0, -1)}`;
    return isOpen ? `${lines.join("\n")}\n` : lines.join("\n");
  }
  const whole = text === "" || text.endsWith("\n") ? text : text + end;
  if (section === "") return whole + pair + end;
  return `${whole}${whole === "" ? "" : end}[${section}]${end}${pair}${end}`;
}

/** The line behind which a key of the section goes: its last pair, else its title. -1 is the top of the file. */
function lastOfSection(rows: readonly Row[], section: string): number | undefined {
  const isIts = (title: string | undefined): boolean =>
    title !== undefined && (title === section || keyIn(title, "x") === `${section}.x`);
  const last = rows.findLastIndex(({ line, section: title }) => isIts(title) && /^\s*[^\s#;]/.test(line));
  if (last >= 0) return last;
  // Keys outside sections must come before the first of them.
  return section === "" && rows.some(({ section: title }) => title !== "" && title !== undefined) ? -1 : undefined;
}
