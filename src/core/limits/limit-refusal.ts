import { GatewayError } from "#core/errors.ts";
import type { LimitScope } from "#core/limits/caller-rates.ts";
import type { FullQuota } from "#core/limits/quota.ts";
import type { BlockedRate } from "#core/limits/rate-book.ts";

/** Why a call is turned away, or would be in shadow mode; the error is made only where it is thrown. */
export interface LimitRefusal {
  readonly scope: LimitScope | "quota" | "concurrency";
  readonly error: () => GatewayError;
}

const owners: Readonly<Record<LimitScope, string>> = {
  key: "API key",
  user: "user",
  team: "team",
  address: "address",
};

/** A rate has no room. The details say which, by numbers alone: never whose. */
export function rateRefusal({ limit, waitUs }: BlockedRate): LimitRefusal {
  const { scope, unit, per, rate } = limit;
  const waitMs = Math.max(1000, Math.ceil(waitUs / 1000));
  const again = `Try again in ${Math.ceil(waitMs / 1000)} s.`;
  const message = `The limit of this ${owners[scope]} is ${rate.count} ${unit} per ${per}. ${again}`;
  const details = { scope, unit, limit: rate.count, burst: rate.burst, remaining: 0, window: per, reset_ms: waitMs };
  return { scope, error: () => new GatewayError("rate_limited", message, { retryAfterMs: waitMs, details }) };
}

/** As many calls of the key run as may at once. */
export function concurrencyRefusal(limit: number): LimitRefusal {
  const message = `At most ${limit} requests of this API key may run at once.`;
  const details = { scope: "concurrency", limit };
  return {
    scope: "concurrency",
    error: () => new GatewayError("rate_limited", message, { retryAfterMs: 1000, details }),
  };
}

/** A quota is used up, or what is left of it is too little for a call of so many tokens. */
export function quotaRefusal({ window, limit, remaining, resetMs }: FullQuota, tokens: number): LimitRefusal {
  const state = remaining === 0 ? "used up" : `left with ${remaining}, and this request takes about ${tokens}`;
  const message = `The quota of this API key of ${limit} tokens per ${window} is ${state}.`;
  const details = { scope: "quota", limit, remaining, window, reset_ms: resetMs };
  const retryAfterMs = Math.max(1000, resetMs);
  return { scope: "quota", error: () => new GatewayError("quota_exhausted", message, { retryAfterMs, details }) };
}
