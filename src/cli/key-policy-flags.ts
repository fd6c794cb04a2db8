import {
  type KeyPolicyInput,
  type KeyPolicyView,
  keyPolicySchema,
  type SettledPolicyView,
} from "#core/api/key-policy.ts";
import { issueText } from "#core/api/issue-text.ts";
import { GatewayError } from "#core/errors.ts";

const flag = <Hint extends string>(valueHint: Hint, description: string) =>
  ({ type: "string", valueHint, description }) as const;

/** Flags that settle something for a key; the word `none` settles nothing, or removes what was. */
export const policyArgs = {
  tier: flag("tier", "internal, partner, standard, external, bulk or background"),
  priority: flag("level", "Level of its requests: a number, 0 the most urgent, or a name such as Low"),
  best: flag("level", "Most urgent level that a request may ask for"),
  worst: flag("level", "Least urgent level that a request may ask for"),
  weight: flag("1..1000", "Share among the tenants of its level"),
  models: flag("patterns", "Models that it may ask for, such as gpt-*,claude-*"),
  rpm: flag("number", "Requests a minute"),
  tpm: flag("number", "Tokens a minute"),
  concurrent: flag("number", "Requests at once"),
  "tokens-per-day": flag("number", "Tokens a day (UTC)"),
  "tokens-per-month": flag("number", "Tokens a month (UTC)"),
  quota: flag("hard|soft", "Refuse at the quota, or warn there and refuse at 120 %"),
} as const;

/** What was typed for `policyArgs`. */
export type PolicyFlags = { readonly [Name in keyof typeof policyArgs]?: string | undefined };

const flagOfField = {
  tier: "tier",
  priority: "priority",
  best_priority: "best",
  worst_priority: "worst",
  weight: "weight",
  models: "models",
  requests_per_minute: "rpm",
  tokens_per_minute: "tpm",
  max_concurrent: "concurrent",
  tokens_per_day: "tokens-per-day",
  tokens_per_month: "tokens-per-month",
  quota_mode: "quota",
} as const satisfies Record<keyof KeyPolicyInput, keyof typeof policyArgs>;

/** The flags as a change of policy; empty when none was typed. Throws `usage` naming the flag whose value makes no sense. */
export function readPolicy(flags: PolicyFlags): KeyPolicyInput {
  const typed: Record<string, unknown> = {};
  for (const [field, name] of Object.entries(flagOfField)) {
    const text = flags[name]?.trim();
    if (text !== undefined) typed[field] = readValue(name, text);
  }
  const parsed = keyPolicySchema.safeParse(typed);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const wrong = Object.entries(flagOfField).find(([field]) => field === issue?.path[0]);
  throw new GatewayError("usage", `--${wrong?.[1]} ${issueText(issue)}.`);
}

/** A policy, and the usage where it is a key's, in words: a line for each thing that is settled; empty when nothing is. */
export function policyLines(key: SettledPolicyView & Partial<KeyPolicyView>): string[] {
  const rows: (readonly [string, string | number | null])[] = [
    ["tier", key.tier],
    ["priority", key.priority],
    ["best priority", key.best_priority],
    ["worst priority", key.worst_priority],
    ["weight", key.weight],
    ["models", key.models === null ? null : key.models.join(", ") || "none"],
    ["requests a minute", key.requests_per_minute],
    ["tokens a minute", key.tokens_per_minute],
    ["requests at once", key.max_concurrent],
    ["tokens a day", key.tokens_per_day],
    ["tokens a month", key.tokens_per_month],
    ["quota", key.quota_mode],
    ["used today", used(key.used_today, key.day_resets_at)],
    ["used this month", used(key.used_this_month, key.month_resets_at)],
  ];
  return rows.flatMap(([title, value]) => (value === null ? [] : [`${title.padEnd(18)} ${value}`]));
}

function readValue(name: keyof typeof policyArgs, text: string): string | number | string[] | null {
  if (text === "none") return null;
  if (name === "models") return text.split(",").map((model) => model.trim());
  return /^\d+$/.test(text) ? Number(text) : text;
}

function used(tokens: number | null = null, resetsAt: string | null = null): string | null {
  return tokens === null ? null : `${tokens} tokens until ${resetsAt}`;
}
