import { compilePattern } from "#core/routing/pattern.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import { type EpochMinute, localTime, minutesPerDay, nextClockChange } from "#core/time-rules/local-time.ts";

/** When a rule holds, by the clock on the wall of its zone: from `startMinute` on, and no longer at `endMinute`. */
export interface RuleWindow {
  /** Minute of the day, 0..1439. */
  readonly startMinute: number;
  /** 0..1440. At or before `startMinute` it is that of the next day: equal ones are a whole day. */
  readonly endMinute: number;
  /** ISO weekdays, 1 Monday .. 7 Sunday, on which the window starts; empty for every day. */
  readonly days: readonly number[];
  /** IANA name; must be one that `isTimezone` knows. */
  readonly timezone: string;
}

/** What keys may take while a rule holds; an absent limit is not touched. */
export interface QuotaAdjustment {
  /** Name of a key or e-mail of its owner, `*` for any run of characters. */
  readonly pattern: string;
  readonly concurrent?: number;
  readonly requestsPerSecond?: number;
  readonly tokensPerSecond?: number;
}

/** What a rule changes while it holds. */
export type RuleChange =
  /** Weight of each level, the most urgent first; those not named keep their own. */
  | { readonly kind: "weight"; readonly weights: readonly number[] }
  | { readonly kind: "quota"; readonly quotas: readonly QuotaAdjustment[] }
  /** `target`: `provider` or `provider/model`, `*` for any run of characters. Dimensions not named stay as configured. */
  | { readonly kind: "capacity"; readonly target: string; readonly limits: CapacityLimits };

/** A rule by time of day. */
export type TimeRule = RuleChange & {
  readonly name: string;
  readonly description?: string;
  readonly enabled: boolean;
  readonly window: RuleWindow;
};

const msPerMinute = 60_000;

/** A window that is neither always nor never open changes within a week; one more for a day that a clock change swallowed. */
const longestSearchMinutes = 15 * minutesPerDay;

/** The rules that hold at this moment, in order of declaration. */
export function activeRules(rules: readonly TimeRule[], nowMs: number): readonly TimeRule[] {
  return rules.filter((rule) => rule.enabled && isOpen(rule.window, Math.floor(nowMs / msPerMinute)));
}

/** The weights in force: of the last such rule; undefined when the configured ones are. */
export function weightsInForce(active: readonly TimeRule[]): readonly number[] | undefined {
  return active.findLast((rule) => rule.kind === "weight")?.weights;
}

/** The quotas in force, in order of declaration: of several with one pattern the last alone. */
export function quotasInForce(active: readonly TimeRule[]): readonly QuotaAdjustment[] {
  const byPattern = new Map<string, QuotaAdjustment>();
  for (const rule of active) {
    if (rule.kind !== "quota") continue;
    for (const quota of rule.quotas) {
      byPattern.delete(quota.pattern);
      byPattern.set(quota.pattern, quota);
    }
  }
  return [...byPattern.values()];
}

/** The limits in force of a resource: the configured ones, changed by the last active rule whose target matches its id. */
export function capacityInForce(
  active: readonly TimeRule[],
  resource: string,
  configured: CapacityLimits,
): CapacityLimits {
  const last = active.findLast((rule) => rule.kind === "capacity" && compilePattern(rule.target).matches(resource));
  return last?.kind === "capacity" ? { ...configured, ...last.limits } : configured;
}

/** The next moment, milliseconds since the epoch, at which another set of rules holds; undefined for never. */
export function nextChangeMs(rules: readonly TimeRule[], nowMs: number): number | undefined {
  const now = Math.floor(nowMs / msPerMinute);
  let next: EpochMinute | undefined;
  for (const { enabled, window } of rules) {
    const change = enabled ? nextTurn(window, now, next ?? now + longestSearchMinutes) : undefined;
    if (change !== undefined && (next === undefined || change < next)) next = change;
  }
  return next === undefined ? undefined : next * msPerMinute;
}

function isOpen({ startMinute, endMinute, days, timezone }: RuleWindow, minute: EpochMinute): boolean {
  const { weekday, minuteOfDay } = localTime(timezone, minute);
  const startsOn = (day: number): boolean => days.length === 0 || days.includes(day);
  if (startMinute < endMinute) return minuteOfDay >= startMinute && minuteOfDay < endMinute && startsOn(weekday);
  // Behind midnight it is still the window of the day before.
  if (minuteOfDay >= startMinute) return startsOn(weekday);
  return minuteOfDay < endMinute && startsOn(weekday === 1 ? 7 : weekday - 1);
}

/** When the window opens or closes next, before `until`. It can only do so at its own two minutes, or where the clock jumps. */
function nextTurn(window: RuleWindow, now: EpochMinute, until: EpochMinute): EpochMinute | undefined {
  const { startMinute, endMinute, timezone } = window;
  const open = isOpen(window, now);
  let at = now;
  while (at < until) {
    const { minuteOfDay } = localTime(timezone, at);
    const edge = at + Math.min(minutesTo(startMinute, minuteOfDay), minutesTo(endMinute, minuteOfDay));
    at = nextClockChange(timezone, at, edge) ?? edge;
    if (isOpen(window, at) !== open) return at;
  }
  return undefined;
}

/** Minutes until the clock shows `target` again, 1..1440. */
function minutesTo(target: number, minuteOfDay: number): number {
  return ((target - minuteOfDay - 1 + 2 * minutesPerDay) % minutesPerDay) + 1;
}
