import type { KeyPolicyView, SettledPolicyView } from "#core/api/key-policy.ts";
import { optionalTimeText } from "#core/api/time-text.ts";
import type { KeyLimits, KeyPolicy } from "#core/identity/key-policy.ts";
import { monthStart, usageAt } from "#core/limits/quota.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";

const dayMs = 86_400_000;

/** The policy as the API shows it; null where nothing is settled. */
export function policyView(policy: KeyPolicy | undefined): SettledPolicyView {
  const limits: KeyLimits = policy?.limits ?? {};
  return {
    tier: policy?.tier ?? null,
    priority: policy?.priority ?? null,
    best_priority: policy?.bestPriority ?? null,
    worst_priority: policy?.worstPriority ?? null,
    weight: policy?.weight ?? null,
    models: policy?.models === undefined ? null : [...policy.models],
    requests_per_minute: limits.requestsPerMinute ?? null,
    tokens_per_minute: limits.tokensPerMinute ?? null,
    max_concurrent: limits.concurrent ?? null,
    tokens_per_day: limits.tokensPerDay ?? null,
    tokens_per_month: limits.tokensPerMonth ?? null,
    quota_mode: limits.quotaMode ?? null,
  };
}

/** The policy and usage as the API shows them at `nowMs`. */
export function keyPolicyView(
  policy: KeyPolicy | undefined,
  used: QuotaUsage | undefined,
  nowMs: number,
): KeyPolicyView {
  const usage = used && usageAt(used, nowMs);
  return {
    ...policyView(policy),
    used_today: usage?.dayTokens ?? null,
    used_this_month: usage?.monthTokens ?? null,
    day_resets_at: optionalTimeText(usage && usage.dayStartMs + dayMs),
    month_resets_at: optionalTimeText(usage && monthStart(usage.monthStartMs, 1)),
  };
}
