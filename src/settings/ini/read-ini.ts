/** One `key = value` line. `valueStart` and `valueEnd` are the columns of the value as written, quotes included. */
export interface IniLine {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A line that cannot be read. */
export interface IniFault {
  readonly line: number;
  readonly text: string;
}

/** The lines of one file in order, and what could not be read. */
export interface IniFile {
  readonly lines: readonly IniLine[];
  readonly faults: readonly IniFault[];
}

/**
 * Reads INI text. Comments begin with `#` or `;` at line start or after white space; quotes around a value protect it
 * and are dropped; the key is everything before the first `=`; section names are kept as written, dots included.
 */
export function readIni(text: string): IniFile {
  const lines: IniLine[] = [];
  const faults: IniFault[] = [];
  let section = "";
  for (const [index, written] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const content = written.trim();
    if (content === "" || content.startsWith("#") || content.startsWith(";")) continue;
    if (content.startsWith("[")) {
      const header = /^\[([^\]]+)\]\s*(?:[#;].*)?$/.exec(content);
      if (header === null) faults.push({ line, text: "a section is written [name]" });
      else section = (header[1] ?? "").trim();
      continue;
    }
    const read = readPair(written);
    if (typeof read === "string") faults.push({ line, text: read });
    else lines.push({ section, line, ...read });
  }
  return { lines, faults };
}

type Pair = Pick<IniLine, "key" | "value" | "valueStart" | "valueEnd">;

function readPair(written: string): Pair | string {
  const equals = written.indexOf("=");
  const key = unquote(written.slice(0, Math.max(equals, 0)).trim());
  if (key === "") return "expected key = value";
  const valueStart = equals + 1 + (/^\s*/.exec(written.slice(equals + 1))?.[0].length ?? 0);
  const rest = written.slice(valueStart);
  const quoted = quotedEnd(rest);
  if (quoted === "open") return `${key}: the quote is not closed`;
  const valueEnd = valueStart + (quoted ?? bareEnd(written, valueStart));
  return { key, value: unquote(written.slice(valueStart, valueEnd)), valueStart, valueEnd };
}

/** Length of a value that is one quoted text; undefined when it is a bare one, which may hold quotes inside. */
function quotedEnd(rest: string): number | "open" | undefined {
  const quote = rest[0];
  if (quote !== '"' && quote !== "'") return undefined;
  for (let at = 1; at < rest.length; at++) {
    if (rest[at] === "\\" && quote === '"' && isEscape(rest[at + 1])) at++;
    else if (rest[at] === quote) return /^\s*$|^\s+[#;]/.test(rest.slice(at + 1)) ? at + 1 : undefined;
  }
  return "open";
}

function bareEnd(written: string, valueStart: number): number {
  const rest = written.slice(valueStart);
  if (/^[#;]/.test(rest) && /\s/.test(written[valueStart - 1] ?? "")) return 0;
  const comment = rest.search(/\s[#;]/);
  return (comment < 0 ? rest : rest.slice(0, comment)).trimEnd().length;
}

const isEscape = (character: string | undefined): boolean => character === '"' || character === "\\";

function unquote(written: string): string {
  const quote = written[0];
  if ((quote !== '"' && quote !== "'") || written.length < 2 || !written.endsWith(quote)) return written;
  const inside = written.slice(1, -1);
  if (quote === "'") return inside.includes("'") ? written : inside;
  // `"a", "b"` is a list of quoted texts, not one text.
  if (/(^|[^\\])(\\\\)*"/.test(inside)) return written;
  return inside.replace(/\\(["\\])/g, "$1");
}
