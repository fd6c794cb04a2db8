import { GatewayError } from "#core/errors.ts";
import type { IniLine } from "#settings/ini/read-ini.ts";

/** The value as it must be written so that `readIni` gives it back; throws `usage` on line breaks and control characters. */
export function formatIniValue(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters a line cannot hold.
  if (/[\u0000-\u0008\u000A-\u001F\u007F\uFEFF]/.test(value)) {
    throw new GatewayError("usage", "a value may not hold line breaks or control characters");
  }
  const bare = value.trim() === value && !/^["'#;]|\s[#;]/.test(value);
  return bare ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** The text, without a byte order mark, with one value replaced; everything else, comments included, stays as it was. */
export function replaceIniValue(text: string, at: IniLine, value: string): string {
  const lines = text.split("\n");
  const written = lines[at.line - 1] ?? "";
  const before = written.slice(0, at.valueStart);
  const gap = /=$/.test(before) ? " " : "";
  const after = written.slice(at.valueEnd);
  const space = /^[#;]/.test(after) ? " " : "";
  lines[at.line - 1] = `${before}${gap}${formatIniValue(value)}${space}${after}`;
  return lines.join("\n");
}
