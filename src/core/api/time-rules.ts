import { z } from "zod";

const timeRuleSchema = z.object({
  name: z.string(),
  type: z.enum(["weight_adjustment", "quota_adjustment", "capacity_adjustment"]),
  enabled: z.boolean(),
  active: z.boolean(),
  /** `22:00-06:00 Mon Tue Europe/Berlin`. */
  window: z.string(),
  description: z.string().nullable(),
  /** When it last began to hold, RFC 3339. */
  last_applied: z.string().nullable(),
  /** Why it changes nothing though it holds. */
  without_effect: z.string().nullable(),
});

/** What `GET /api/v1/time-rules` answers. */
export const timeRulesViewSchema = z.object({
  enabled: z.boolean(),
  file: z.string().nullable(),
  rules: z.array(timeRuleSchema),
  /** What is wrong with the file as it is now; the rules above are then those of before. */
  problems: z.array(z.string()),
  /** When the rules in force were read, RFC 3339. */
  read_at: z.string().nullable(),
  /** When other rules hold, RFC 3339; null for never. */
  next_change_at: z.string().nullable(),
});
export type TimeRulesView = z.infer<typeof timeRulesViewSchema>;

/** The view where no rules by time of day are followed. */
export const noTimeRules: TimeRulesView = {
  enabled: false,
  file: null,
  rules: [],
  problems: [],
  read_at: null,
  next_change_at: null,
};
