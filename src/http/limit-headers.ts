import type { ErrorFamily, GatewayError } from "#core/errors.ts";
import type { LimitReport, LimitState } from "#core/limits/limiter.ts";

type Headers = Readonly<Record<string, string>>;

const none: Headers = {};

/** What is left of a caller's limits, as its protocol says it (Gemini's does not). `nowMs`: wall clock. */
export function limitHeaders(report: LimitReport, family: ErrorFamily, nowMs: number): Headers {
  const { requests, tokens, quotaRemaining } = report;
  if (requests === undefined && tokens === undefined && quotaRemaining === undefined) return none;
  return {
    ...(requests === undefined ? none : stateHeaders("requests", requests, family, nowMs)),
    ...(tokens === undefined ? none : stateHeaders("tokens", tokens, family, nowMs)),
    ...(quotaRemaining === undefined ? none : { "x-tokligence-quota-remaining": String(quotaRemaining) }),
  };
}

/** The same for a refusal by a limit, which says in its details what is left; nothing for any other error. */
export function refusalHeaders({ code, details }: GatewayError, family: ErrorFamily, nowMs: number): Headers {
  const { unit, limit, burst = limit, remaining, reset_ms: resetMs } = details;
  if (typeof burst !== "number" || typeof remaining !== "number" || typeof resetMs !== "number") return none;
  if (code === "quota_exhausted") return limitHeaders({ quotaRemaining: remaining }, family, nowMs);
  if (code !== "rate_limited" || (unit !== "requests" && unit !== "tokens")) return none;
  return stateHeaders(unit, { limit: burst, remaining, resetMs }, family, nowMs);
}

function stateHeaders(
  unit: "requests" | "tokens",
  { limit, remaining, resetMs }: LimitState,
  family: ErrorFamily,
  nowMs: number,
): Headers {
  switch (family) {
    case "openai":
      return {
        [`x-ratelimit-limit-${unit}`]: String(limit),
        [`x-ratelimit-remaining-${unit}`]: String(remaining),
        [`x-ratelimit-reset-${unit}`]: durationText(resetMs),
      };
    case "anthropic":
      return {
        [`anthropic-ratelimit-${unit}-limit`]: String(limit),
        [`anthropic-ratelimit-${unit}-remaining`]: String(remaining),
        [`anthropic-ratelimit-${unit}-reset`]: timeText(nowMs + resetMs),
      };
    case "gemini":
      return none;
  }
}

/** A duration as Go writes it, which OpenAI does: `0s`, `20ms`, `1.5s`, `6m0s`, `1h0m0s`. */
function durationText(durationMs: number): string {
  const wholeMs = Math.max(0, Math.ceil(durationMs));
  if (wholeMs > 0 && wholeMs < 1000) return `${wholeMs}ms`;
  const minutes = Math.floor(wholeMs / 60_000);
  const seconds = `${(wholeMs % 60_000) / 1000}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}

/** RFC 3339 in whole seconds, never before the moment. */
function timeText(atMs: number): string {
  return new Date(Math.ceil(atMs / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
