import type { Clock } from "#core/effects/clock.ts";
import type { LineLevel, Log, LogField, LogFields, LogLevel } from "#core/effects/log.ts";
import { redact } from "#platform/log-redaction.ts";
import { printableJson } from "#platform/printable.ts";

/** How a log writes. */
export interface LogOptions {
  /** The least level that is written. */
  readonly level: LogLevel;
  /** JSON lines for machines, short text for a terminal. */
  readonly format: "json" | "text";
  readonly clock: Clock;
  /** Takes one whole line, its line feed included. */
  readonly write: (line: string) => void;
}

/** A log whose least level changes while it is written. */
export interface LevelledLog extends Log {
  setLevel(level: LogLevel): void;
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const longestField = 4096;
const longestLine = 16_384;

const silent = (): void => undefined;

/**
 * A log of one line per event. Secrets print as `[secret]`, text that looks like a credential as `[redacted]`, control
 * characters as escapes; a field is cut at 4,096 characters and a line at 16,384. A level that is off costs one call.
 */
export function createLog(options: LogOptions): LevelledLog {
  const render = options.format === "json" ? jsonLine : textLine;
  const written =
    (level: LineLevel) =>
    (event: string, fields: LogFields = {}): void => {
      options.write(`${render(new Date(options.clock.now()).toISOString(), level, event, fields)}\n`);
    };
  const methods = (least: LogLevel) => {
    const method = (level: LogLevel) => (levels.indexOf(level) < levels.indexOf(least) ? silent : written(level));
    return { debug: method("debug"), info: method("info"), warn: method("warn"), error: method("error") };
  };
  const log = {
    ...methods(options.level),
    notice: written("notice"),
    setLevel: (level: LogLevel): void => void Object.assign(log, methods(level)),
  };
  return log;
}

function jsonLine(time: string, level: LineLevel, event: string, fields: LogFields): string {
  const head = `{"time":"${time}","level":"${level}","event":${quote(event)}`;
  return `${assemble(head, fields, (name, value) => `,${quote(fieldName(name))}:${value}`, ',"cut":true')}}`;
}

function textLine(time: string, level: LineLevel, event: string, fields: LogFields): string {
  const head = `${time.slice(11, 23)} ${level.padEnd(5)} ${bare(quote(event))}`;
  return assemble(head, fields, (name, value) => ` ${bare(quote(name))}=${bare(value)}`, " cut=true");
}

/** Adds fields while they fit; a line that lost some says so. */
function assemble(
  head: string,
  fields: LogFields,
  render: (name: string, value: string) => string,
  cutMark: string,
): string {
  let line = head;
  for (const [name, field] of Object.entries(fields)) {
    if (field === undefined) continue;
    const piece = render(name, fieldText(field));
    if (line.length + piece.length > longestLine - cutMark.length - 2) return line + cutMark;
    line += piece;
  }
  return line;
}

/** The value as JSON. */
function fieldText(field: Exclude<LogField, undefined>): string {
  if (typeof field === "number") return Number.isFinite(field) ? String(field) : `"${field}"`;
  if (typeof field === "boolean" || field === null) return String(field);
  return Array.isArray(field) ? listText(field) : quote(String(field));
}

function listText(items: readonly string[]): string {
  const shown = items.slice(0, 50).map((item) => quote(String(item)));
  return `[${shown.join(",")}${items.length > shown.length ? `,"… ${items.length - shown.length} more"` : ""}]`;
}

/** Bounded, redacted and escaped as a JSON string. Redaction comes before the cut, so that no half of a key stays. */
function quote(text: string): string {
  const clean = redact(text.length > 2 * longestField ? text.slice(0, 2 * longestField) : text);
  const bounded = clean.length > longestField ? `${clean.slice(0, longestField)}…` : clean;
  return printableJson(bounded);
}

/** Without quotes where the text reads the same and cannot be taken for something else. */
function bare(quoted: string): string {
  return /^"[\w./:@+,%*[\]-]+"$/.test(quoted) ? quoted.slice(1, -1) : quoted;
}

function fieldName(name: string): string {
  return name === "time" || name === "level" || name === "event" ? `field_${name}` : name;
}
