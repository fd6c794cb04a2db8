import type { RefusalHeaders } from "#core/wire/codec.ts";

/** Longest pause that a provider may impose, milliseconds. */
export const maxRetryAfterMs = 300_000;

/**
 * How long a provider asks to wait, milliseconds within 0..300,000: `retry-after-ms`, else `retry-after` in seconds or
 * as a date (RFC 9110, 10.2.3) measured against the provider's own `date`. Undefined when neither says anything usable.
 */
export function readRetryAfterMs(headers: RefusalHeaders): number | undefined {
  const waitMs =
    readCount(headers.retryAfterMs) ??
    scale(readCount(headers.retryAfter), 1000) ??
    readDate(headers.retryAfter, headers.date);
  return waitMs === undefined ? undefined : Math.min(maxRetryAfterMs, Math.max(0, Math.ceil(waitMs)));
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,15}(\.\d{1,15})?\s*$/.test(text) ? Number(text) : undefined;
}

function scale(count: number | undefined, factor: number): number | undefined {
  return count === undefined ? undefined : count * factor;
}

function readDate(until: string | undefined, now: string | undefined): number | undefined {
  if (until === undefined || now === undefined || !/^[A-Za-z]{3,9},? /.test(until)) return undefined;
  const waitMs = Date.parse(until) - Date.parse(now);
  return Number.isFinite(waitMs) ? waitMs : undefined;
}
