import type { Clock } from "#core/effects/clock.ts";
import type { LineLevel, Log, LogField, LogFields } from "#core/effects/log.ts";

/** Something that went wrong lately, without a word of what was asked or answered. */
export interface Trouble {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly level: LineLevel;
  readonly event: string;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
}

/** How many are kept. */
const mostTroubles = 10;
/** What is told of at `info` and below and is a trouble all the same: callers that were refused, attempts that failed. */
const milderTroubles: ReadonlySet<string> = new Set(["request_failed", "requests_refused", "attempt_failed"]);

/**
 * The newest troubles, read off the log as it is written, whatever its level lets through: everything from `warn` on, and every
 * call that was refused. What is said of one request is one trouble, its last word with whoever was asked before it.
 */
export class RecentTroubles {
  readonly #clock: Pick<Clock, "now">;
  #kept: readonly Trouble[] = [];

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** The newest first. */
  get newest(): readonly Trouble[] {
    return this.#kept;
  }

  /** A log that goes on to `log` and is read here. */
  watching(log: Log): Log {
    const watched =
      (level: LineLevel) =>
      (event: string, fields?: LogFields): void => {
        log[level](event, fields);
        if (level === "warn" || level === "error" || milderTroubles.has(event)) this.#keep(level, event, fields ?? {});
      };
    return {
      debug: watched("debug"),
      info: watched("info"),
      warn: watched("warn"),
      error: watched("error"),
      notice: (event, fields) => log.notice(event, fields),
    };
  }

  #keep(level: LineLevel, event: string, fields: LogFields): void {
    const requestId = textOf(fields["request_id"] ?? fields["last_request_id"]);
    const before = requestId === undefined ? undefined : this.#kept.find((trouble) => trouble.requestId === requestId);
    const trouble: Trouble = {
      atMs: this.#clock.now(),
      level,
      event,
      code: textOf(fields["code"]),
      requestId,
      provider: textOf(fields["provider"]) ?? before?.provider,
      model: textOf(fields["model"]) ?? before?.model,
    };
    this.#kept = [trouble, ...this.#kept.filter((kept) => kept !== before)].slice(0, mostTroubles);
  }
}

function textOf(field: LogField): string | undefined {
  return typeof field === "string" ? field : undefined;
}
