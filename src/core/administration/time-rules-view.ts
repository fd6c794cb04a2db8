import type { TimeRulesView } from "#core/api/time-rules.ts";
import { optionalTimeText } from "#core/api/time-text.ts";
import type { RuleWindow, TimeRule } from "#core/time-rules/time-rules.ts";
import type { TimeRulesState } from "#core/time-rules/time-rule-keeper.ts";

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
