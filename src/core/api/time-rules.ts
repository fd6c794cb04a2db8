import { z } from "zod";
import { optionalTimeText } from "#core/api/time-text.ts";
import type { RuleWindow, TimeRule } from "#core/time-rules/time-rules.ts";
import type { TimeRulesState } from "#core/time-rules/time-rule-keeper.ts";

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

const typeOf = {
  weight: "weight_adjustment",
  quota: "quota_adjustment",
  capacity: "capacity_adjustment",
} as const satisfies Record<TimeRule["kind"], string>;

const dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** The rules of a file as the API shows them. */
export function timeRulesView(
  file: string,
  { rules, problems, readAtMs, nextChangeMs }: TimeRulesState,
): TimeRulesView {
  return {
    enabled: true,
    file,
    rules: rules.map(({ rule, active, lastAppliedMs, withoutEffect }) => ({
      name: rule.name,
      type: typeOf[rule.kind],
      enabled: rule.enabled,
      active,
      window: windowText(rule.window),
      description: rule.description ?? null,
      last_applied: optionalTimeText(lastAppliedMs),
      without_effect: withoutEffect ?? null,
    })),
    problems: [...problems],
    read_at: optionalTimeText(readAtMs),
    next_change_at: optionalTimeText(nextChangeMs),
  };
}

function windowText({ startMinute, endMinute, days, timezone }: RuleWindow): string {
  const names = days.map((day) => dayNames[day - 1] ?? String(day));
  return [`${clockText(startMinute)}-${clockText(endMinute)}`, ...names, timezone].join(" ");
}

function clockText(minuteOfDay: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`;
}
