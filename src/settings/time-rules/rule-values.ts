import type { QuotaAdjustment } from "#core/time-rules/time-rules.ts";
import { listItems } from "#settings/schema/value-type.ts";

/** A value of a rule as it was meant, or what was expected instead. */
export type RuleValue<Value> = { readonly value: Value } | { readonly expected: string };

const dayNames = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const quotaNames = { concurrent: "concurrent", rps: "requestsPerSecond", tokens_per_sec: "tokensPerSecond" } as const;
const quotaWords = "concurrent:N, rps:N, tokens_per_sec:N, or some of them; rates are 1 or more";
const most = 1_000_000_000;

/** `HH:MM` as the minute of the day, no later than `latest`. */
export function readTime(said: string, latest: number): RuleValue<number> {
  const [, hours, minutes] = /^(\d{1,2}):([0-5]\d)$/.exec(said) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= latest ? { value: minute } : { expected: "a time of day, HH:MM" };
}

/** Weekdays by name (`mon`, `Monday`) or number (1 is Monday) and spans of them (`mon-fri`), as 1..7. */
export function readDays(said: string): RuleValue<readonly number[]> {
  const days = new Set<number>();
  for (const item of listItems(said)) {
    const [first = 0, last = first, ...more] = item.split("-").map(readDay);
    if (first === 0 || last === 0 || more.length > 0) return { expected: "weekdays, such as mon, tue or 1-5" };
    for (let day = first; ; day = (day % 7) + 1) {
      days.add(day);
      if (day === last) break;
    }
  }
  return { value: [...days].sort() };
}

/** A whole number from `least` to a thousand million. */
export function readCount(said: string, least = 0): RuleValue<number> {
  const isCount = /^\d{1,10}$/.test(said) && Number(said) >= least && Number(said) <= most;
  return isCount ? { value: Number(said) } : { expected: `a whole number from ${least} to ${most}` };
}

/** Weights of the levels, the most urgent first, at most `levels` of them. */
export function readWeights(said: string, levels: number): RuleValue<readonly number[]> {
  const weights = listItems(said).map(Number);
  const isRight = weights.every((weight) => Number.isInteger(weight) && weight >= 1 && weight <= 1_000_000);
  if (isRight && weights.length > 0 && weights.length <= levels) return { value: weights };
  return { expected: `whole numbers from 1 to 1000000, one for each of ${levels} levels or the first of them` };
}

/** `concurrent:N,rps:N,tokens_per_sec:N`, each at most once. Nobody at once shuts a caller out; a rate of nothing is none. */
export function readQuota(pattern: string, said: string): RuleValue<QuotaAdjustment> {
  const limits: Partial<Record<(typeof quotaNames)[keyof typeof quotaNames], number>> = {};
  for (const item of listItems(said)) {
    const [, name = "", number = ""] = /^(\w+)\s*:\s*(\d+)$/.exec(item) ?? [];
    const count = readCount(number, name === "concurrent" ? 0 : 1);
    if (!isQuotaName(name) || limits[quotaNames[name]] !== undefined || !("value" in count)) {
      return { expected: quotaWords };
    }
    limits[quotaNames[name]] = count.value;
  }
  if (Object.keys(limits).length === 0) return { expected: quotaWords };
  return { value: { pattern, ...limits } };
}

const isQuotaName = (name: string): name is keyof typeof quotaNames => Object.hasOwn(quotaNames, name);

/** 1..7, or 0 for what is no day. */
function readDay(said: string): number {
  const word = said.trim().toLowerCase();
  if (/^[1-7]$/.test(word)) return Number(word);
  return word.length < 3 ? 0 : dayNames.findIndex((name) => name.startsWith(word)) + 1;
}
