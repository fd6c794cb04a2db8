import { z } from "zod";
import { tiers } from "#core/identity/key-policy.ts";

const level = z.union([z.int().min(0).max(99), z.string().min(1).max(40)], {
  error: "a level is a number from 0 or a name such as Critical or Bulk",
});
const perMinute = z.int().min(1).max(1_000_000_000);
const tokens = z.int().min(1);

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
