import type { Effort } from "#core/chat/request.ts";

/** Every level of effort, from none to the most. */
export const efforts = [
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
] as const satisfies readonly Effort[];

/** Tokens of thinking that stand for a level, where a model is told a number. There and back gives the same level. */
export const effortBudgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  xhigh: 24_576,
  max: 31_999,
};

/** The value if it names a level of effort. */
export function effortOf(value: unknown): Effort | undefined {
  return efforts.find((effort) => effort === value);
}

/** The level that a budget in tokens stands for; undefined for a negative one, which leaves the amount to the model. */
export function effortOfBudget(budgetTokens: number): Effort | undefined {
  if (budgetTokens < 0) return undefined;
  return efforts.find((effort) => effortBudgets[effort] >= budgetTokens) ?? "max";
}

/**
 * The level nearest to the one that is wanted among those there are, the lower of two; undefined when there are none. Who wants
 * thinking is given some where the model has any.
 */
export function nearestEffort(wanted: Effort, levels: readonly Effort[]): Effort | undefined {
  const distance = (level: Effort): number => Math.abs(efforts.indexOf(level) - efforts.indexOf(wanted));
  const thinking = wanted === "none" ? levels : levels.filter((level) => level !== "none");
  const ordered = thinking.toSorted((a, b) => distance(a) - distance(b) || efforts.indexOf(a) - efforts.indexOf(b));
  return ordered[0] ?? levels[0];
}
