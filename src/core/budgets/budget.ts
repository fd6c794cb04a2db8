import type { BudgetId } from "#core/effects/ids.ts";

/** Whose spending a budget bounds: everybody's, a team's, a user's, a key's, or that of calls with a tag. */
export const budgetScopes = ["org", "team", "user", "key", "tag"] as const;
export type BudgetScope = (typeof budgetScopes)[number];
/** When a budget begins anew: each UTC day, each UTC month, never. */
export const budgetWindows = ["day", "month", "total"] as const;
export type BudgetWindow = (typeof budgetWindows)[number];
/** `hard` refuses what would go beyond it; `soft` warns and lets it pass. */
export const budgetModes = ["hard", "soft"] as const;
export type BudgetMode = (typeof budgetModes)[number];

/** A limit on what may be spent in a window. */
export interface Budget {
  readonly id: BudgetId;
  readonly scope: BudgetScope;
  /** Id of the team, user or key, text of the tag, `orgScopeId` for everybody. */
  readonly scopeId: string;
  readonly window: BudgetWindow;
  readonly mode: BudgetMode;
  /** Nano-dollars, not negative. */
  readonly limitNanos: bigint;
  readonly createdAtMs: number;
}

/** What one window of a budget has taken. */
export interface BudgetPeriod {
  readonly budgetId: BudgetId;
  /** Start of the UTC day or month, 0 for `total`; milliseconds since the epoch. */
  readonly startMs: number;
  readonly spentNanos: bigint;
  /** Held for calls under way. */
  readonly reservedNanos: bigint;
}

/** A budget and one of its windows. */
export interface BudgetState {
  readonly budget: Budget;
  readonly period: BudgetPeriod;
  /** Name of the team or key, e-mail of the user; undefined where there is none. */
  readonly scopeName?: string;
}

/** `scopeId` of everybody's budget. */
export const orgScopeId = "org";

/** Whose it is, as people write it: `org`, `team:team_...`, `tag:nightly`. */
export function scopeText({ scope, scopeId }: Pick<Budget, "scope" | "scopeId">): string {
  return scope === "org" ? scope : `${scope}:${scopeId}`;
}

const dayMs = 86_400_000;

/** Start of the window that `atMs` falls into, milliseconds since the epoch (UTC whatever the host's zone); 0 for `total`. */
export function periodStart(window: BudgetWindow, atMs: number): number {
  if (window === "total") return 0;
  if (window === "day") return Math.floor(atMs / dayMs) * dayMs;
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth());
}

/** When the window that began at `startMs` ends; undefined for `total`. */
export function periodEnd(window: BudgetWindow, startMs: number): number | undefined {
  if (window === "total") return undefined;
  if (window === "day") return startMs + dayMs;
  const start = new Date(startMs);
  return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1);
}
