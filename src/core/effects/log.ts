import type { Secret } from "#core/secret.ts";

/** A field is a plain value; a `Secret` may be passed and prints as `[secret]`. */
export type LogField = string | number | boolean | bigint | null | undefined | Secret | readonly string[];
/** What a log line tells beside its event. */
export type LogFields = Readonly<Record<string, LogField>>;
/** The least level of lines that are written. */
export type LogLevel = "debug" | "info" | "warn" | "error";
/** How much a line matters; a notice is written whatever the least level is. */
export type LineLevel = LogLevel | "notice";

/** Structured log. `event` is a stable snake_case code; one call is one line. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** For what somebody will need and finds nowhere else, such as a code for the operator. No level silences it. */
  notice(event: string, fields?: LogFields): void;
}
