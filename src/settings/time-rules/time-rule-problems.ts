import type { Problem } from "#settings/entry.ts";
import type { LoadInput } from "#settings/loaded.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import type { Settings } from "#settings/settings.ts";
import { readTimeRules } from "#settings/time-rules/read-time-rules.ts";

/** What is wrong with the file of rules by time of day, when it is to be followed. */
export function timeRuleProblems(
  { timeRules, scheduling }: Pick<Settings, "timeRules" | "scheduling">,
  merged: ReadonlyMap<string, Voices>,
  readFile: LoadInput["readFile"],
): readonly Problem[] {
  if (!timeRules.enabled) return [];
  const { path, defaultTimezone } = timeRules;
  const context = { defaultTimezone, levels: scheduling.rules.levels.length };
  const origin = (merged.get("time_rules.file") ?? merged.get("time_rules.enabled"))?.[0].origin;
  return readTimeRules(path, context, readFile).problems.map((text) =>
    // A place inside the file says more than the key that names it.
    text.startsWith(`${path}: `) ? { ...(origin && { origin }), text: `time_rules.file: ${text}` } : { text },
  );
}
