import { GatewayError } from "#core/errors.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { Permission } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import { compilePattern } from "#core/routing/pattern.ts";
import type { Levels } from "#core/admission/level.ts";

/** Who makes a key gives away no more permissions than it has itself. Throws `permission_denied` naming the first. */
export function refuseMorePermissions(scopes: Iterable<Permission>, { permissions }: Principal): void {
  for (const permission of scopes) {
    if (permissions.has(permission)) continue;
    throw new GatewayError("permission_denied", `The caller has no permission ${permission} to give away.`, {
      details: { permission },
    });
  }
}

/**
 * Nor does a key with a policy settle for another what it may not do itself: no better level, no more weight, no other
 * models, no higher limit. Throws `permission_denied` naming the first field that goes beyond.
 */
export function refuseMoreThanOwn(
  policy: KeyPolicy | undefined,
  names: Principal["names"],
  maker: Principal,
  levels: Levels,
): void {
  const own = maker.policy;
  if (own === undefined) return;
  const made: Principal = { ...maker, ...(names === undefined ? {} : { names }), policy: policy ?? { limits: {} } };
  const beyond =
    fieldBeyond(policy ?? { limits: {} }, own) ??
    (levels.boundsOf(made).best < levels.boundsOf(maker).best ? "best_priority" : undefined);
  if (beyond === undefined) return;
  throw new GatewayError("permission_denied", `\`${beyond}\` goes beyond what the caller's own key may do.`, {
    details: { field: beyond },
  });
}

function fieldBeyond({ weight = 1, models, limits }: KeyPolicy, own: KeyPolicy): string | undefined {
  const more = (asked: number | undefined, had: number | undefined): boolean =>
    had !== undefined && (asked === undefined || asked > had);
  if (weight > (own.weight ?? 1)) return "weight";
  if (!coversModels(own.models, models)) return "models";
  if (more(limits.requestsPerMinute, own.limits.requestsPerMinute)) return "requests_per_minute";
  if (more(limits.tokensPerMinute, own.limits.tokensPerMinute)) return "tokens_per_minute";
  if (more(limits.concurrent, own.limits.concurrent)) return "max_concurrent";
  if (more(limits.tokensPerDay, own.limits.tokensPerDay)) return "tokens_per_day";
  if (more(limits.tokensPerMonth, own.limits.tokensPerMonth)) return "tokens_per_month";
  const hasQuota = own.limits.tokensPerDay !== undefined || own.limits.tokensPerMonth !== undefined;
  return hasQuota && own.limits.quotaMode !== "soft" && limits.quotaMode === "soft" ? "quota_mode" : undefined;
}

/** A pattern that matches another's text, stars and all, matches whatever that one does. */
function coversModels(own: readonly string[] | undefined, asked: readonly string[] | undefined): boolean {
  if (own === undefined) return true;
  const patterns = own.map(compilePattern);
  return asked !== undefined && asked.every((text) => patterns.some((pattern) => pattern.matches(text)));
}

/** A key makes none that outlives it. Throws `permission_denied`. */
export function refuseLongerLife(expiresAtMs: number | undefined, { expiresAtMs: ownMs }: Principal): void {
  if (ownMs === undefined || (expiresAtMs ?? Number.POSITIVE_INFINITY) <= ownMs) return;
  throw new GatewayError("permission_denied", "`expires_at` is later than that of the caller's own key.", {
    details: { field: "expires_at" },
  });
}
