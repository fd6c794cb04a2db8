import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { limitHeaders, refusalHeaders } from "#http/limit-headers.ts";

const nowMs = Date.UTC(2026, 0, 1);
const report = {
  requests: { limit: 60, remaining: 59, resetMs: 1000 },
  tokens: { limit: 1000, remaining: 0, resetMs: 360_000 },
  quotaRemaining: 7,
};

test("limits are told as each family's clients read them", () => {
  expect(limitHeaders(report, "openai", nowMs)).toEqual({
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-reset-requests": "1s",
    "x-ratelimit-limit-tokens": "1000",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "6m0s",
    "x-tokligence-quota-remaining": "7",
  });
  expect(limitHeaders(report, "anthropic", nowMs)).toEqual({
    "anthropic-ratelimit-requests-limit": "60",
    "anthropic-ratelimit-requests-remaining": "59",
    "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:01Z",
    "anthropic-ratelimit-tokens-limit": "1000",
    "anthropic-ratelimit-tokens-remaining": "0",
    "anthropic-ratelimit-tokens-reset": "2026-01-01T00:06:00Z",
    "x-tokligence-quota-remaining": "7",
  });
  expect(limitHeaders(report, "gemini", nowMs)).toEqual({ "x-tokligence-quota-remaining": "7" });
});

test.each([
  [0, "0s"],
  [0.2, "1ms"],
  [20, "20ms"],
  [999, "999ms"],
  [1000, "1s"],
  [1500, "1.5s"],
  [59_999, "59.999s"],
  [60_000, "1m0s"],
  [3_600_000, "1h0m0s"],
  [86_399_000, "23h59m59s"],
])("%f ms are written as %s", (resetMs, text) => {
  const headers = limitHeaders({ requests: { limit: 1, remaining: 0, resetMs } }, "openai", nowMs);
  expect(headers["x-ratelimit-reset-requests"]).toBe(text);
});

test("nothing is said where nothing is limited, and that costs no object", () => {
  expect(limitHeaders({}, "openai", nowMs)).toBe(limitHeaders({}, "anthropic", nowMs));
});

test("a refusal by a limit tells of that limit, any other error of none", () => {
  const details = { scope: "key", unit: "requests", limit: 60, remaining: 0, window: "minute", reset_ms: 2000 };
  const error = new GatewayError("rate_limited", "Slow down.", { details });
  expect(refusalHeaders(error, "openai", nowMs)).toEqual({
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "2s",
  });
  const quota = new GatewayError("quota_exhausted", "Used up.", { details: { limit: 10, remaining: 3, reset_ms: 9 } });
  expect(refusalHeaders(quota, "anthropic", nowMs)).toEqual({ "x-tokligence-quota-remaining": "3" });
  for (const other of [
    new GatewayError("queue_full", "Full.", { details }),
    new GatewayError("rate_limited", "Too many at once.", { details: { scope: "concurrency", limit: 2 } }),
  ]) {
    expect(refusalHeaders(other, "openai", nowMs)).toEqual({});
  }
});
