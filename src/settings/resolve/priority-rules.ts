import { levelNames, parseLevel } from "#core/admission/level.ts";
import { didYouMean } from "#settings/nearest.ts";
import type { SchedulingSettings } from "#settings/settings.ts";
import { tiers } from "#core/identity/key-policy.ts";

/** `[priority_rules]` with the levels they mean among `count`; what is no level is refused under its key. */
export function buildPriorityRules(
  said: Readonly<Record<string, string>>,
  count: number,
  refuse: (key: string, text: string) => void,
): SchedulingSettings["priorityRules"] {
  return Object.entries(said).flatMap(([pattern, word]) => {
    const level = parseLevel(word, count);
    if (level !== undefined) return [{ pattern, level }];
    const hint = didYouMean(word, [...levelNames, ...tiers]);
    const got = `got ${JSON.stringify(word)}${hint}`;
    refuse(`priority_rules.${pattern}`, `expected a level from 0 to ${count - 1}, its name, or a tier, ${got}`);
    return [];
  });
}
