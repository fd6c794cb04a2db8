import { z } from "zod";
import { optionalTimeText } from "#core/api/time-text.ts";
import { GatewayError } from "#core/errors.ts";
import { type KeyLimits, type KeyPolicy, tiers } from "#core/identity/key-policy.ts";
import { monthStart, usageAt } from "#core/limits/quota.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";
import { levelFor, parseLevel } from "#core/admission/level.ts";

const level = z.union([z.int().min(0).max(99), z.string().min(1).max(40)], {
  error: "a level is a number from 0 or a name such as Critical or Bulk",
});
const perMinute = z.int().min(1).max(1_000_000_000);
const tokens = z.int().min(1);
const dayMs = 86_400_000;

/** What may be settled for a key. Null, or nothing, is nothing settled; in a change null removes and nothing leaves. */
export const keyPolicySchema = z.strictObject({
  tier: z.enum(tiers).nullish(),
  /** Numbers or names of levels; a number is what the gateway is configured with, 0 the most urgent. */
  priority: level.nullish(),
  best_priority: level.nullish(),
  worst_priority: level.nullish(),
  weight: z.int().min(1).max(1_000).nullish(),
  models: z.array(z.string().min(1).max(200)).nonempty().max(200).nullish(),
  requests_per_minute: perMinute.nullish(),
  tokens_per_minute: perMinute.nullish(),
  max_concurrent: z.int().min(1).max(1_000_000).nullish(),
  tokens_per_day: tokens.nullish(),
  tokens_per_month: tokens.nullish(),
  quota_mode: z.enum(["hard", "soft"]).nullish(),
});
export type KeyPolicyInput = z.input<typeof keyPolicySchema>;

/** What is settled, as the API shows it; null where nothing is. */
export const settledPolicySchema = z.object({
  tier: z.enum(tiers).nullable(),
  priority: z.number().nullable(),
  best_priority: z.number().nullable(),
  worst_priority: z.number().nullable(),
  weight: z.number().nullable(),
  models: z.array(z.string()).nullable(),
  requests_per_minute: z.number().nullable(),
  tokens_per_minute: z.number().nullable(),
  max_concurrent: z.number().nullable(),
  tokens_per_day: z.number().nullable(),
  tokens_per_month: z.number().nullable(),
  quota_mode: z.enum(["hard", "soft"]).nullable(),
});
export type SettledPolicyView = z.infer<typeof settledPolicySchema>;

/** A policy as the API shows it, and what its quotas have taken in the running day and month. */
export const keyPolicyViewSchema = settledPolicySchema.extend({
  /** Tokens; null when none of this key were ever counted. */
  used_today: z.number().nullable(),
  used_this_month: z.number().nullable(),
  /** When these counts begin anew, RFC 3339. */
  day_resets_at: z.string().nullable(),
  month_resets_at: z.string().nullable(),
});
export type KeyPolicyView = z.infer<typeof keyPolicyViewSchema>;

/**
 * The policy with the change made, undefined when nothing is settled any more. Throws `invalid_request` naming the
 * field when there is no such level among `levelCount`, or the levels are out of order.
 */
export function changedPolicy(
  policy: KeyPolicy | undefined,
  change: KeyPolicyInput,
  levelCount: number,
): KeyPolicy | undefined {
  const { limits: kept = {}, ...former }: Partial<KeyPolicy> = policy ?? {};
  const limits: KeyLimits = settled({
    requestsPerMinute: changed(change.requests_per_minute, kept.requestsPerMinute),
    tokensPerMinute: changed(change.tokens_per_minute, kept.tokensPerMinute),
    concurrent: changed(change.max_concurrent, kept.concurrent),
    tokensPerDay: changed(change.tokens_per_day, kept.tokensPerDay),
    tokensPerMonth: changed(change.tokens_per_month, kept.tokensPerMonth),
    quotaMode: changed(change.quota_mode, kept.quotaMode),
  });
  const rest: Omit<KeyPolicy, "limits"> = settled({
    tier: changed(change.tier, former.tier),
    priority: changed(levelOf("priority", change, levelCount), former.priority),
    bestPriority: changed(levelOf("best_priority", change, levelCount), former.bestPriority),
    worstPriority: changed(levelOf("worst_priority", change, levelCount), former.worstPriority),
    weight: changed(change.weight, former.weight),
    models: changed(change.models, former.models),
  });
  checkOrder(rest, change, levelCount);
  return Object.keys(rest).length + Object.keys(limits).length === 0 ? undefined : { ...rest, limits };
}

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

const levelFields = ["tier", "priority", "best_priority", "worst_priority"] as const;

function levelOf(
  field: Exclude<(typeof levelFields)[number], "tier">,
  change: KeyPolicyInput,
  levelCount: number,
): number | null | undefined {
  const given = change[field];
  if (given === undefined || given === null) return given;
  const found = parseLevel(String(given), levelCount);
  if (found !== undefined) return found;
  throw notValid(field, `there are levels from 0 to ${levelCount - 1}`);
}

/** Best, own and worst level must follow each other; the tier's level counts as a key's own. */
function checkOrder(policy: Omit<KeyPolicy, "limits">, change: KeyPolicyInput, levelCount: number): void {
  // What was settled before the number of levels changed is no mistake of a change that is about something else.
  if (levelFields.every((field) => change[field] === undefined)) return;
  const { tier, bestPriority: best = 0, worstPriority: worst = Number.POSITIVE_INFINITY } = policy;
  const own = policy.priority ?? (tier === undefined ? undefined : levelFor(tier, levelCount));
  const ownField = policy.priority === undefined ? "tier" : "priority";
  if (best > worst)
    throw notValid(lastSaid(change, "worst_priority", "best_priority"), "the best level is behind the worst");
  if (own === undefined) return;
  if (own < best) throw notValid(lastSaid(change, ownField, "best_priority"), "the key's level is before its best");
  if (own > worst) throw notValid(lastSaid(change, ownField, "worst_priority"), "the key's level is behind its worst");
}

/** Which of two fields the change has said: what it has not said cannot be its mistake. */
function lastSaid(change: KeyPolicyInput, one: keyof KeyPolicyInput, other: keyof KeyPolicyInput): string {
  return change[other] === undefined || change[other] === null ? one : other;
}

function notValid(field: string, why: string): GatewayError {
  return new GatewayError("invalid_request", `\`${field}\` is not valid: ${why}.`, { details: { field } });
}

function changed<Value>(given: Value | null | undefined, kept: Value | undefined): Value | undefined {
  return given === undefined ? kept : (given ?? undefined);
}

type Settled<Values> = { readonly [Name in keyof Values]?: Exclude<Values[Name], undefined> };

/** The same without what is undefined. */
function settled<Values extends object>(values: Values): Settled<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Settled<Values>;
}
