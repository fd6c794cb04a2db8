import { levelFor, parseLevel } from "#core/admission/level.ts";
import { invalidField } from "#core/api/invalid-field.ts";
import type { KeyPolicyInput } from "#core/api/key-policy.ts";
import type { KeyLimits, KeyPolicy } from "#core/identity/key-policy.ts";

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
  throw invalidField(field, `there are levels from 0 to ${levelCount - 1}`);
}

/** Best, own and worst level must follow each other; the tier's level counts as a key's own. */
function checkOrder(policy: Omit<KeyPolicy, "limits">, change: KeyPolicyInput, levelCount: number): void {
  // What was settled before the number of levels changed is no mistake of a change that is about something else.
  if (levelFields.every((field) => change[field] === undefined)) return;
  const { tier, bestPriority: best = 0, worstPriority: worst = Number.POSITIVE_INFINITY } = policy;
  const own = policy.priority ?? (tier === undefined ? undefined : levelFor(tier, levelCount));
  const ownField = policy.priority === undefined ? "tier" : "priority";
  if (best > worst)
    throw invalidField(lastSaid(change, "worst_priority", "best_priority"), "the best level is behind the worst");
  if (own === undefined) return;
  if (own < best) throw invalidField(lastSaid(change, ownField, "best_priority"), "the key's level is before its best");
  if (own > worst)
    throw invalidField(lastSaid(change, ownField, "worst_priority"), "the key's level is behind its worst");
}

/** Which of two fields the change has said: what it has not said cannot be its mistake. */
function lastSaid(change: KeyPolicyInput, one: keyof KeyPolicyInput, other: keyof KeyPolicyInput): string {
  return change[other] === undefined || change[other] === null ? one : other;
}

function changed<Value>(given: Value | null | undefined, kept: Value | undefined): Value | undefined {
  return given === undefined ? kept : (given ?? undefined);
}

type Settled<Values> = { readonly [Name in keyof Values]?: Exclude<Values[Name], undefined> };

/** The same without what is undefined. */
function settled<Values extends object>(values: Values): Settled<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Settled<Values>;
}
