import { closeSync, openSync } from "node:fs";
import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import { createLineWriter, describeLostLines, standardError } from "#platform/line-writer.ts";
import { LogFile, type LogFileOptions } from "#platform/log-file.ts";
import { systemCode } from "#platform/system-code.ts";

/** Where the lines of a log go. */
export interface LogLines {
  readonly format: "json" | "text";
  /** Takes one whole line, its line feed included, and never waits for it. */
  write(line: string): void;
  /** Somebody may have moved the file away: the next line goes to the one of its name. */
  reopen(): void;
  /** Resolves when everything is written that was taken so far and the file is closed. */
  close(): Promise<void>;
}

/** Lines in a file, which is opened with the first, or on standard error where none is named: text on a terminal, else JSON. */
export function openLogLines(file: LogFileOptions | undefined, clock: Pick<Clock, "monotonic">): LogLines {
  if (file === undefined) {
    const format = process.stderr.isTTY ? "text" : "json";
    return { format, write: standardError(), reopen: () => undefined, close: async () => undefined };
  }
  const log = new LogFile(file, clock);
  const write = createLineWriter(log, describeLostLines);
  return { format: "json", write, reopen: () => log.reopen(), close: () => log.close() };
}

/** Throws `config_invalid` for a log that cannot be written now; once it runs, a gateway only loses lines. */
export function checkLogFile({ path }: Pick<LogFileOptions, "path">): void {
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch (cause) {
    const code = systemCode(cause);
    throw new GatewayError("config_invalid", `Cannot write the log ${path} (log.file)${code && `: ${code}`}.`, {
      cause,
    });
  }
}
