import { scaledLevel } from "#core/admission/level.ts";
import type { LevelRules } from "#core/scheduler/rules.ts";
import type { Problem } from "#settings/entry.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import { buildPriorityRules } from "#settings/resolve/priority-rules.ts";
import type { Configuration } from "#settings/schema/configuration.ts";
import type { SchedulingSettings } from "#settings/settings.ts";

/** The rules of scheduling, and what of them contradicts itself. */
export interface BuiltScheduling {
  readonly scheduling: SchedulingSettings;
  readonly problems: readonly Problem[];
}

type Said = Configuration["scheduler"];

/** Where a word of ten levels is meant, and the default of the specification. */
const normalLevel = 5;
const mostFloorPermille = 300;
/** The budgets of ten levels, milliseconds. */
const waitBudgetsMs = [2000, 2000, 5000, 5000, 5000, 15_000, 15_000, 15_000, 60_000, 60_000] as const;

const permille = (percent: number): number => Math.round(percent * 10);

/** What `[scheduling]`, `[scheduler]`, `[priority_rules]` and the probes of `[circuit_breaker]` settle. */
export function buildScheduling(configuration: Configuration, merged: ReadonlyMap<string, Voices>): BuiltScheduling {
  const { scheduling, scheduler, circuit_breaker: breaker } = configuration;
  const problems: Problem[] = [];
  const refuse = (key: string, text: string): void => {
    const origin = merged.get(key)?.[0].origin;
    problems.push({ ...(origin && { origin }), text: `${key}: ${text}` });
  };
  const count = scheduler.priority_levels;
  const defaultLevel = scheduler.default_priority ?? scaledLevel(normalLevel, count);
  if (defaultLevel >= count) refuse("scheduler.default_priority", `there are ${count} levels, 0 to ${count - 1}`);
  const [input = 1, cached = 0.1, output = 4, ...more] = scheduler.cost_weights;
  if (scheduler.cost_weights.length < 3 || more.length > 0) {
    refuse("scheduler.cost_weights", "three numbers are needed: of input, of cached input, of output");
  }
  const rules = buildPriorityRules(configuration.priority_rules, count, refuse);
  return {
    problems,
    scheduling: {
      enabled: scheduling.enabled,
      priorityEnabled: scheduling.priority_enabled,
      degradationMode: scheduling.degradation_mode,
      defaultLevel,
      priorityRules: rules,
      adaptive: scheduler.adaptive,
      rules: {
        capacityModel: scheduling.capacity_model,
        policy: scheduler.policy,
        levels: buildLevels(scheduler, merged.has("scheduler.floors"), refuse),
        ...(scheduler.ageing_ms !== undefined && { ageingStepUs: scheduler.ageing_ms * 1000 }),
        maxAgeUs: scheduler.max_age_ms * 1000,
        queueTimeoutUs: Math.round(scheduler.queue_timeout * 1_000_000),
        maxQueued: scheduler.max_queue,
        tenantSharePermille: permille(scheduler.tenant_share),
        maxQueuedBytes: scheduler.max_queue_bytes,
        costPermille: {
          input: Math.round(input * 1000),
          cached: Math.round(cached * 1000),
          output: Math.round(output * 1000),
        },
        probes: breaker.probes,
      },
    },
  };
}

function buildLevels(said: Said, floorsSaid: boolean, refuse: (key: string, text: string) => void): LevelRules[] {
  const count = said.priority_levels;
  const floors = floorsSaid ? floorsOf(said.floors, count, refuse) : defaultFloors(said.floors, count);
  const weights = said.weights ?? Array.from({ length: count }, (_, level) => geometricWeight(level));
  if (weights.length !== count) refuse("scheduler.weights", `${weights.length} values for ${count} levels`);
  const budgets = said.wait_budget_ms ?? Array.from({ length: count }, (_, level) => waitBudgetMs(level, count));
  if (budgets.length !== count && budgets.length !== 1) {
    refuse("scheduler.wait_budget_ms", `${budgets.length} values for ${count} levels`);
  }
  return Array.from({ length: count }, (_, level) => ({
    floorPermille: floors[level] ?? 0,
    weight: weights[level] ?? 1,
    waitBudgetUs: (budgets[budgets.length === 1 ? 0 : level] ?? 0) * 1000,
  }));
}

function floorsOf(said: readonly number[], count: number, refuse: (key: string, text: string) => void): number[] {
  const [first = 0] = said;
  const floors = said.length === 1 ? sameFloors(permille(first), count) : said.map(permille);
  if (floors.length !== count) refuse("scheduler.floors", `${said.length} values for ${count} levels`);
  else if (floors[0] !== 0) refuse("scheduler.floors", "the first level needs none; its value must be 0");
  const sum = floors.reduce((total, floor) => total + floor, 0);
  if (sum > mostFloorPermille) {
    refuse("scheduler.floors", `they are ${sum / 10} % together; at most ${mostFloorPermille / 10} % may be kept`);
  }
  return floors;
}

const sameFloors = (each: number, count: number): number[] =>
  Array.from({ length: count }, (_, level) => (level === 0 ? 0 : each));

/** Many levels share what may be kept. */
function defaultFloors([percent = 0]: readonly number[], count: number): number[] {
  return sameFloors(Math.min(permille(percent), Math.floor(mostFloorPermille / Math.max(count - 1, 1))), count);
}

const geometricWeight = (level: number): number => Math.max(1, Math.round(1_000_000 / 1.5 ** level));

function waitBudgetMs(level: number, count: number): number {
  const ofTen = count === 1 ? normalLevel : Math.round((level * (waitBudgetsMs.length - 1)) / (count - 1));
  return waitBudgetsMs[ofTen] ?? waitBudgetsMs[normalLevel];
}
