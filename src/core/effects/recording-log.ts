import type { LineLevel, Log, LogFields } from "#core/effects/log.ts";

/** One line as it was logged. */
export interface LogLine {
  readonly level: LineLevel;
  readonly event: string;
  readonly fields: LogFields;
}

const ignore = (): void => {};

/** A log that says nothing. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, notice: ignore };

/** A log that keeps its lines in order, for tests. */
export class RecordingLog implements Log {
  readonly lines: LogLine[] = [];

  debug(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "debug", event, fields });
  }

  info(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "info", event, fields });
  }

  warn(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "warn", event, fields });
  }

  error(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "error", event, fields });
  }

  notice(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "notice", event, fields });
  }

  /** The events logged so far, in order. */
  get events(): readonly string[] {
    return this.lines.map((line) => line.event);
  }
}
