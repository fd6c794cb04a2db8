import { isTimezone, minutesPerDay } from "#core/time-rules/local-time.ts";
import type { QuotaAdjustment, RuleChange, TimeRule } from "#core/time-rules/time-rules.ts";
import { didYouMean } from "#settings/nearest.ts";
import { capacityOf } from "#settings/resolve/capacity-limits.ts";
import { flag } from "#settings/schema/value-type.ts";
import {
  readCount,
  readDays,
  readQuota,
  readTime,
  readWeights,
  type RuleValue,
} from "#settings/time-rules/rule-values.ts";

/** One `[rule.GROUP.NAME]` as it stands in the file: values by key, each with its line. */
export interface RuleSection {
  readonly name: string;
  readonly line: number;
  readonly values: ReadonlyMap<string, { readonly value: string; readonly line: number }>;
}

/** What a rule is read with. */
export interface RuleContext {
  readonly defaultTimezone: string;
  /** Number of levels. */
  readonly levels: number;
}

type Refuse = (text: string, key?: string) => void;

const ownKeys = {
  weight_adjustment: ["weights"],
  quota_adjustment: ["quota.PATTERN"],
  capacity_adjustment: ["target", "max_tokens_per_sec", "max_rps", "max_concurrent"],
} as const;
const sharedKeys = ["type", "name", "description", "enabled", "start_time", "end_time", "days_of_week", "timezone"];

type RuleType = keyof typeof ownKeys;
const isRuleType = (said: string): said is RuleType => Object.hasOwn(ownKeys, said);

/** The rule, or undefined once `refuse` has heard everything that is wrong with it. */
export function readRule(section: RuleSection, context: RuleContext, refuse: Refuse): TimeRule | undefined {
  let isRight = true;
  const wrong: Refuse = (text, key) => {
    isRight = false;
    refuse(text, key);
  };
  const reader = new RuleReader(section, wrong);
  const type = reader.text("type") ?? "";
  if (!isRuleType(type)) {
    const types = Object.keys(ownKeys);
    wrong(`expected one of ${types.join(", ")}${type === "" ? "" : didYouMean(type, types)}`, "type");
    return undefined;
  }
  refuseUnknown(section, type, wrong);
  const description = reader.text("description");
  const enabled = flag.schema.safeParse(reader.text("enabled") ?? true);
  if (!enabled.success) wrong(`expected ${flag.label}`, "enabled");
  const timezone = reader.text("timezone") ?? context.defaultTimezone;
  if (!isTimezone(timezone)) wrong("expected the name of a time zone, such as Europe/Berlin", "timezone");
  const change = readChange(type, reader, context, wrong);
  const rule = {
    name: reader.text("name") ?? section.name,
    ...(description !== undefined && { description }),
    enabled: enabled.data ?? true,
    window: {
      startMinute: reader.value("start_time", (said) => readTime(said, minutesPerDay - 1), true) ?? 0,
      endMinute: reader.value("end_time", (said) => readTime(said, minutesPerDay), true) ?? 0,
      days: reader.value("days_of_week", readDays) ?? [],
      timezone,
    },
  };
  return isRight && change !== undefined ? { ...rule, ...change } : undefined;
}

function readChange(type: RuleType, reader: RuleReader, context: RuleContext, wrong: Refuse): RuleChange | undefined {
  switch (type) {
    case "weight_adjustment": {
      const weights = reader.value("weights", (said) => readWeights(said, context.levels), true);
      return weights === undefined ? undefined : { kind: "weight", weights };
    }
    case "quota_adjustment": {
      const quotas = reader.quotas();
      if (quotas.length === 0) wrong("names no quota; write quota.PATTERN = concurrent:N,rps:N,tokens_per_sec:N");
      return { kind: "quota", quotas };
    }
    case "capacity_adjustment": {
      const [, ...names] = ownKeys.capacity_adjustment;
      const said = Object.fromEntries(names.map((name) => [name, reader.value(name, readCount)]));
      const limits = capacityOf(said);
      if (Object.keys(limits).length === 0) wrong(`names no limit; write one of ${names.join(", ")}`);
      const target = reader.text("target");
      if (target === undefined)
        wrong("is missing; write provider or provider/model, * for any run of characters", "target");
      return target === undefined ? undefined : { kind: "capacity", target, limits };
    }
  }
}

function refuseUnknown({ values }: RuleSection, type: RuleType, wrong: Refuse): void {
  const known = [...sharedKeys, ...ownKeys[type]];
  for (const key of values.keys()) {
    const isQuota = type === "quota_adjustment" && key.startsWith("quota.") && key !== "quota.";
    if (!known.includes(key) && !isQuota) wrong(`unknown key${didYouMean(key, known)}`, key);
  }
}

/** Takes the values of one section, and says what is wrong with each. */
class RuleReader {
  readonly #section: RuleSection;
  readonly #wrong: Refuse;

  constructor(section: RuleSection, wrong: Refuse) {
    this.#section = section;
    this.#wrong = wrong;
  }

  text(key: string): string | undefined {
    const said = this.#section.values.get(key)?.value;
    return said === "" ? undefined : said;
  }

  value<Value>(key: string, read: (said: string) => RuleValue<Value>, isNeeded = false): Value | undefined {
    const said = this.text(key);
    if (said === undefined) {
      if (isNeeded) this.#wrong("is missing", key);
      return undefined;
    }
    const result = read(said);
    if ("value" in result) return result.value;
    this.#wrong(`expected ${result.expected}, got ${JSON.stringify(said)}`, key);
    return undefined;
  }

  quotas(): readonly QuotaAdjustment[] {
    const keys = [...this.#section.values.keys()].filter((key) => key.startsWith("quota."));
    return keys.flatMap((key) => {
      const pattern = key.slice("quota.".length);
      return this.value(key, (said) => readQuota(pattern, said), true) ?? [];
    });
  }
}
