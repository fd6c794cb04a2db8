import type { KeyLimits } from "#core/identity/key-policy.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";

const dayMs = 86_400_000;

/** A quota that has no room for a call. */
export interface FullQuota {
  readonly window: "day" | "month";
  readonly limit: number;
  /** Tokens that could still be taken. */
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

/** When the UTC day of a moment began, milliseconds since the epoch. */
export function dayStart(atMs: number): number {
  return Math.floor(atMs / dayMs) * dayMs;
}

/** When the UTC month of a moment began; `later` counts months on from it. */
export function monthStart(atMs: number, later = 0): number {
  const date = new Date(atMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later);
}

/** The usage as it stands now: windows that are over are empty. A clock that was put back opens no window again. */
export function usageAt(usage: QuotaUsage | undefined, nowMs: number): QuotaUsage {
  const today = dayStart(nowMs);
  if (usage === undefined) {
    return { dayStartMs: today, dayTokens: 0, monthStartMs: monthStart(nowMs), monthTokens: 0 };
  }
  if (today <= usage.dayStartMs) return usage;
  const day = { dayStartMs: today, dayTokens: 0 };
  const month = monthStart(nowMs);
  return month <= usage.monthStartMs ? { ...usage, ...day } : { ...day, monthStartMs: month, monthTokens: 0 };
}

/**
 * Adds to the windows that were open when the usage `since` was read, as far as they still are: what a call takes is
 * booked on the day it began. Never below 0.
 */
export function withTokens(usage: QuotaUsage, tokens: number, since: QuotaUsage): QuotaUsage {
  const day = usage.dayStartMs === since.dayStartMs ? tokens : 0;
  const month = usage.monthStartMs === since.monthStartMs ? tokens : 0;
  return {
    ...usage,
    dayTokens: Math.max(0, usage.dayTokens + day),
    monthTokens: Math.max(0, usage.monthTokens + month),
  };
}

/** Which quota has no room for so many tokens, the longer window first; undefined for none. */
export function fullQuota(limits: KeyLimits, usage: QuotaUsage, tokens: number, nowMs: number): FullQuota | undefined {
  for (const { window, limit, used, endsAtMs } of quotaWindows(limits, usage)) {
    const most = ceilingOf(limits, limit);
    if (used + tokens > most) return { window, limit, remaining: Math.max(0, most - used), resetMs: endsAtMs - nowMs };
  }
  return undefined;
}

/** Tokens left of the day's or month's quota, whichever is less; what a soft quota grants beyond is not counted. */
export function quotaRemaining(limits: KeyLimits, usage: QuotaUsage): number | undefined {
  const left = quotaWindows(limits, usage).map(({ limit, used }) => Math.max(0, limit - used));
  return left.length === 0 ? undefined : Math.min(...left);
}

/** The windows whose quota was kept before and is passed now. */
export function quotasPassed(limits: KeyLimits, before: QuotaUsage, after: QuotaUsage): readonly QuotaWindow[] {
  const earlier = quotaWindows(limits, before);
  return quotaWindows(limits, after).filter(
    ({ limit, used }, index) => used > limit && (earlier[index]?.used ?? 0) <= limit,
  );
}

/** One quota of a key and what is taken of it. */
export interface QuotaWindow {
  readonly window: "day" | "month";
  readonly limit: number;
  readonly used: number;
  readonly endsAtMs: number;
}

function quotaWindows(limits: KeyLimits, usage: QuotaUsage): readonly QuotaWindow[] {
  const { tokensPerDay, tokensPerMonth } = limits;
  const windows: QuotaWindow[] = [];
  if (tokensPerMonth !== undefined) {
    const endsAtMs = monthStart(usage.monthStartMs, 1);
    windows.push({ window: "month", limit: tokensPerMonth, used: usage.monthTokens, endsAtMs });
  }
  if (tokensPerDay !== undefined) {
    windows.push({ window: "day", limit: tokensPerDay, used: usage.dayTokens, endsAtMs: usage.dayStartMs + dayMs });
  }
  return windows;
}

/** A soft quota refuses at 120 %. */
function ceilingOf({ quotaMode }: KeyLimits, limit: number): number {
  return quotaMode === "soft" ? Math.floor(limit * 1.2) : limit;
}
