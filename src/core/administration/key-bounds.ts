import type { Levels } from "#core/admission/level.ts";
import { addressRange, coversRange } from "#core/address-range.ts";
import { GatewayError } from "#core/errors.ts";
import type { KeyLimits, KeyPolicy } from "#core/identity/key-policy.ts";
import { type Principal, localTenant } from "#core/identity/principal.ts";
import { compilePattern } from "#core/routing/pattern.ts";

/** Name of a key and e-mail of its owner, by which rules may prefer it. */
export type KeyNames = NonNullable<Principal["names"]>;

/** A policy with the names that it goes by. */
export interface NamedPolicy {
  readonly policy: KeyPolicy | undefined;
  readonly names: KeyNames;
}

/** What a key may be settled with at most. */
export interface Ceiling extends NamedPolicy {
  /** Whose policy that is, as a refusal says it. */
  readonly whose: string;
}

/**
 * A key is settled with nothing beyond a ceiling: no better level, no more weight, no other models, no higher limit. Throws
 * `permission_denied` naming the first field that goes beyond.
 */
export function refuseBeyond(asked: NamedPolicy, ceiling: Ceiling, levels: Levels): void {
  const beyond =
    fieldBeyond(asked.policy ?? nothing, ceiling.policy ?? nothing) ??
    (bestLevel(asked, levels) < bestLevel(ceiling, levels) ? "best_priority" : undefined);
  if (beyond !== undefined) throw refusal(beyond, `goes beyond what ${ceiling.whose} may do`);
}

/** A key makes none, and changes none, to outlive an end. Throws `permission_denied`. */
export function refuseLongerLife(expiresAtMs: number | undefined, endMs: number | undefined): void {
  if (endMs === undefined || (expiresAtMs ?? Number.POSITIVE_INFINITY) <= endMs) return;
  throw refusal("expires_at", "is later than that of the caller's own key or of the key as it is");
}

/** Nor one that works from where an older one does not. Throws `permission_denied`. */
export function refuseWiderAddresses(asked: readonly string[], own: readonly string[]): void {
  if (own.length === 0) return;
  const outer = own.map(addressRange);
  const within = (text: string): boolean => {
    const inner = addressRange(text);
    return inner !== undefined && outer.some((range) => range !== undefined && coversRange(range, inner));
  };
  if (asked.length > 0 && asked.every(within)) return;
  throw refusal("addresses", "goes beyond the addresses of the key");
}

/** What budgets know a key by stays with it. Throws `permission_denied`. */
export function refuseFewerLabels(asked: readonly string[], own: readonly string[]): void {
  if (own.every((label) => asked.includes(label))) return;
  throw refusal("labels", "leaves out a label that budgets may go by");
}

const nothing: KeyPolicy = { limits: {} };
type Limit = Exclude<keyof KeyLimits, "quotaMode">;
const limitFields: Readonly<Record<Limit, string>> = {
  requestsPerMinute: "requests_per_minute",
  tokensPerMinute: "tokens_per_minute",
  concurrent: "max_concurrent",
  tokensPerDay: "tokens_per_day",
  tokensPerMonth: "tokens_per_month",
};

function fieldBeyond({ weight = 1, models, limits }: KeyPolicy, own: KeyPolicy): string | undefined {
  if (weight > (own.weight ?? 1)) return "weight";
  if (!coversModels(own.models, models)) return "models";
  for (const [name, field] of Object.entries(limitFields) as [Limit, string][]) {
    if ((limits[name] ?? Number.POSITIVE_INFINITY) > (own.limits[name] ?? Number.POSITIVE_INFINITY)) return field;
  }
  const hasQuota = own.limits.tokensPerDay !== undefined || own.limits.tokensPerMonth !== undefined;
  return hasQuota && own.limits.quotaMode !== "soft" && limits.quotaMode === "soft" ? "quota_mode" : undefined;
}

/** A pattern that matches another's text, stars and all, matches whatever that one does. */
function coversModels(own: readonly string[] | undefined, asked: readonly string[] | undefined): boolean {
  if (own === undefined) return true;
  const patterns = own.map(compilePattern);
  return asked !== undefined && asked.every((text) => patterns.some((pattern) => pattern.matches(text)));
}

function bestLevel({ policy = nothing, names }: NamedPolicy, levels: Levels): number {
  return levels.boundsOf({ kind: "key", tenantId: localTenant, permissions: new Set(), names, policy }).best;
}

function refusal(field: string, why: string): GatewayError {
  return new GatewayError("permission_denied", `\`${field}\` ${why}.`, { details: { field } });
}
