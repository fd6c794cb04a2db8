import { capacityRefusals } from "#core/admission/admission-refusal.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { RequestId } from "#core/effects/ids.ts";
import type { Log } from "#core/effects/log.ts";
import { type ErrorCode, errorTable } from "#core/errors.ts";

/** What callers can bring about thousands of times a second: refusals before anybody was asked. */
const sampledCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "unauthenticated",
  "rate_limited",
  "quota_exhausted",
  "budget_exhausted",
  "model_unpriced",
  ...capacityRefusals,
]);

const windowMs = 1_000;
const linesOfKey = 10;
/** Keys told apart in one window; all that come later share the lines of one. */
const mostKeys = 100;
const laterKeys = "later";

/** A request that was refused. */
export interface RefusedRequest {
  readonly code: ErrorCode;
  /** Undefined before the caller is known. */
  readonly keyId: string | undefined;
  readonly requestId: RequestId;
}

/** A second that began with a refusal of this code. */
interface RefusalWindow {
  /** Monotonic milliseconds. */
  readonly endsAtMs: number;
  readonly writtenByKey: Map<string, number>;
  unwritten: Unwritten | undefined;
}

/** Refusals that got no line, and what ends the wait for the one they share. */
interface Unwritten {
  count: number;
  readonly firstRequestId: RequestId;
  lastRequestId: RequestId;
  readonly disarm: () => void;
}

/** What the lines are thinned out with. */
export interface RefusalLogParts {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps a flood of refusals from becoming a flood of lines: of one code and key ten a second are written in full, the rest is
 * counted, and at the end of each second one line `requests_refused` a code tells how many that were, with the ids of the
 * first and the last. Lines and counts together are all refusals.
 */
export class RefusalLog {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #windows = new Map<ErrorCode, RefusalWindow>();

  constructor({ clock, log }: RefusalLogParts) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether this failure gets a line of its own; one that does not is counted here. What is no refusal always gets one. */
  writes({ code, keyId = "", requestId }: RefusedRequest): boolean {
    if (!sampledCodes.has(code)) return true;
    const window = this.#windowOf(code);
    const { writtenByKey } = window;
    const key = writtenByKey.has(keyId) || writtenByKey.size < mostKeys ? keyId : laterKeys;
    const written = writtenByKey.get(key) ?? 0;
    if (written < linesOfKey) {
      writtenByKey.set(key, written + 1);
      return true;
    }
    this.#count(code, window, requestId);
    return false;
  }

  /** Writes at once what is only counted so far, for a process that ends. */
  flush(): void {
    for (const code of [...this.#windows.keys()]) this.#end(code);
  }

  #windowOf(code: ErrorCode): RefusalWindow {
    const nowMs = this.#clock.monotonic();
    const open = this.#windows.get(code);
    if (open !== undefined && nowMs < open.endsAtMs) return open;
    this.#end(code);
    const window = { endsAtMs: nowMs + windowMs, writtenByKey: new Map(), unwritten: undefined };
    this.#windows.set(code, window);
    return window;
  }

  #count(code: ErrorCode, window: RefusalWindow, requestId: RequestId): void {
    if (window.unwritten === undefined) {
      const disarm = this.#clock.after(window.endsAtMs - this.#clock.monotonic(), () => this.#end(code));
      window.unwritten = { count: 1, firstRequestId: requestId, lastRequestId: requestId, disarm };
      return;
    }
    window.unwritten.count += 1;
    window.unwritten.lastRequestId = requestId;
  }

  #end(code: ErrorCode): void {
    const unwritten = this.#windows.get(code)?.unwritten;
    this.#windows.delete(code);
    if (unwritten === undefined) return;
    const { count, firstRequestId, lastRequestId, disarm } = unwritten;
    disarm();
    const level = errorTable[code].status >= 500 ? "warn" : "info";
    this.#log[level]("requests_refused", {
      code,
      count,
      first_request_id: firstRequestId,
      last_request_id: lastRequestId,
    });
  }
}
