import { type Finding, sound, warning } from "#core/doctor/finding.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { Settings } from "#settings/settings.ts";

const check = "limits";
/** Fewer tokens than this hold no usual prompt with its answer. */
const leastContextTokens = 256;

const names = {
  tokensPerSecond: "max_tokens_per_sec",
  requestsPerSecond: "max_rps",
  concurrent: "max_concurrent",
  contextTokens: "max_context_length",
} as const satisfies Record<keyof CapacityLimits, string>;
const dimensions = ["tokensPerSecond", "requestsPerSecond", "concurrent", "contextTokens"] as const;

/** Limits that no call can meet, and waits that are longer than what bounds them. */
export function limitFindings(settings: Settings): readonly Finding[] {
  const found = [...capacities(settings), ...waits(settings)];
  return found.length > 0 ? found : [sound(check, "Every limit can be met.")];
}

/** Capacities count for the scheduler alone, which its notices tell. */
function capacities({ providers, scheduling }: Settings): readonly Finding[] {
  if (!scheduling.enabled) return [];
  return providers.flatMap(({ name, capacity, modelCapacity }) => {
    const all = [["", capacity] as const, ...[...modelCapacity].map(([model, its]) => [`.${model}`, its] as const)];
    return all.flatMap(([model, limits]) => impossible(`provider.${name}${model}`, limits));
  });
}

function impossible(key: string, limits: CapacityLimits): readonly Finding[] {
  return dimensions.flatMap((dimension) => {
    const limit = limits[dimension];
    const fix = `tokligence config set ${key}.${names[dimension]} NUMBER, or take it away`;
    if (limit === 0) return [warning(check, `${key}.${names[dimension]} is 0: it takes no call at all.`, fix)];
    const isShort = dimension === "contextTokens" && limit !== undefined && limit < leastContextTokens;
    return isShort ? [warning(check, `${key}.${names[dimension]} is ${limit}: hardly a call fits.`, fix)] : [];
  });
}

function waits({ gateway, providers, scheduling }: Settings): readonly Finding[] {
  const longest = gateway.requestTimeoutMs;
  const found: Finding[] = [];
  const compare = (key: string, valueMs: number, boundKey: string, boundMs: number) => {
    if (valueMs <= boundMs) return;
    const what = `${key} (${valueMs / 1000} s) is longer than ${boundKey} (${boundMs / 1000} s), which ends it first.`;
    found.push(warning(check, what, `tokligence config set ${boundKey} SECONDS, or lower ${key}`));
  };
  for (const { name, timeoutMs } of providers) {
    if (timeoutMs !== undefined) compare(`provider.${name}.timeout`, timeoutMs, "gateway.request_timeout", longest);
  }
  compare(
    "gateway.stream_idle_timeout",
    gateway.streamIdleTimeoutMs,
    "gateway.stream_total_timeout",
    gateway.streamTotalTimeoutMs,
  );
  compare("gateway.connect_timeout", gateway.connectTimeoutMs, "gateway.request_timeout", longest);
  if (scheduling.enabled) {
    const budgetsMs = scheduling.rules.levels.map(({ waitBudgetUs }) => waitBudgetUs / 1000);
    compare("scheduler.wait_budget_ms", Math.max(...budgetsMs), "gateway.request_timeout", longest);
  }
  return found;
}
