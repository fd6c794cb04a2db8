import * as fc from "fast-check";
import type { CapacityLimits, HealthState, RemainingLimit } from "#core/scheduler/capacity.ts";
import type { SchedulingPolicy, SchedulingRules } from "#core/scheduler/rules.ts";
import { secondUs, type Step, type World } from "./world.ts";

/** A world and what happens in it. */
export interface Trace {
  readonly world: World;
  readonly steps: readonly Step[];
}

/** What a trace is to be rich in; everything else stays moderate. */
export interface Emphasis {
  readonly policies?: readonly SchedulingPolicy[];
  /** Limits, ceilings, health, pauses, headers and policies change while it runs. */
  readonly changes?: boolean;
  /** The clock steps back, and jumps an hour with nobody awake. */
  readonly clock?: boolean;
  /** Bounds of the queue so small that they are met. */
  readonly tightQueue?: boolean;
  /** The only dimensions that have limits; any may have when absent. */
  readonly dimensions?: "concurrency" | "rates";
  /** Nothing is refused because its wait would be too long. */
  readonly patient?: boolean;
  /** Longest wait before a request goes first; short enough to be met when true. */
  readonly shortAge?: boolean;
  readonly deadlines?: boolean;
  /** Counts of tokens, weights and bytes up to what a number can hold. */
  readonly huge?: boolean;
  readonly maxSteps?: number;
}

const allPolicies: readonly SchedulingPolicy[] = ["strict", "hybrid", "weighted"];

/** Traces of up to `maxSteps` (60) steps; they shrink step by step and number by number. */
export function arbitraryTrace(emphasis: Emphasis = {}): fc.Arbitrary<Trace> {
  const numbers = fc.tuple(fc.nat(999), fc.nat(9_999), fc.nat(9_999), fc.nat(9_999));
  return fc
    .tuple(worlds(emphasis), fc.array(numbers, { minLength: 1, maxLength: emphasis.maxSteps ?? 60, size: "max" }))
    .map(([world, drawn]) => ({ world, steps: drawn.map((draw) => stepOf(draw, world, emphasis)) }));
}

function worlds(emphasis: Emphasis): fc.Arbitrary<World> {
  return fc
    .record({
      rules: rulesOf(emphasis),
      provider: limitsOf(emphasis),
      models: fc.array(limitsOf(emphasis), { minLength: 1, maxLength: 3 }),
      weights: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 3 }),
      shared: fc.boolean(),
      oneGroup: fc.boolean(),
      lanes: fc.array(fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    })
    .map(({ rules, provider, models, weights, shared, oneGroup, lanes }) => {
      const names = models.map((_, index) => `p/m${index}`);
      return {
        rules,
        resources: [{ id: "p", limits: provider }, ...models.map((limits, index) => ({ id: `p/m${index}`, limits }))],
        deployments: names.map((id, index) => ({
          id,
          resources: shared ? [id, "p"] : [id],
          weight: weights[index] ?? 1,
          group: oneGroup ? "all" : `g${index % 2}`,
        })),
        lanes: lanes.map((lane) => [...new Set(lane.map((index) => `p/m${index % names.length}`))]),
      };
    });
}

function rulesOf(emphasis: Emphasis): fc.Arbitrary<SchedulingRules> {
  const { tightQueue, patient, shortAge, huge } = emphasis;
  const budget = patient ? fc.constant(36_000 * secondUs) : fc.constantFrom(1_000, 50_000, 2 * secondUs, 60 * secondUs);
  return fc.record({
    capacityModel: fc.constant("multi_dimensional" as const),
    policy: fc.constantFrom(...(emphasis.policies ?? allPolicies)),
    levels: fc
      .array(fc.tuple(fc.nat(100), fc.integer({ min: 1, max: huge ? 1_000_000 : 50 }), budget), {
        minLength: 1,
        maxLength: 4,
      })
      .map((rows) =>
        rows.map(([floorPermille, weight, waitBudgetUs], level) => ({
          floorPermille: level === 0 ? 0 : floorPermille,
          weight,
          waitBudgetUs,
        })),
      ),
    maxAgeUs: shortAge ? fc.constantFrom(1_000, 200_000, secondUs) : fc.constant(36_000 * secondUs),
    queueTimeoutUs: patient ? fc.constant(36_000 * secondUs) : fc.constantFrom(300_000, 3 * secondUs, 90 * secondUs),
    maxQueued: tightQueue ? fc.integer({ min: 1, max: 6 }) : fc.constant(1_000),
    tenantSharePermille: tightQueue ? fc.constantFrom(250, 500, 1000) : fc.constant(1000),
    maxQueuedBytes: tightQueue ? fc.constantFrom(500, 3_000) : fc.constant(2 ** 40),
    costPermille: fc.constantFrom(
      { input: 1000, cached: 100, output: 4000 },
      { input: 1000, cached: 1000, output: 1000 },
    ),
    probes: fc.integer({ min: 1, max: 2 }),
  });
}

function limitsOf({ dimensions, huge }: Emphasis): fc.Arbitrary<CapacityLimits> {
  const concurrent = fc.constantFrom(1, 2, 3, 5);
  const tokensPerSecond = fc.constantFrom(...(huge ? [1_000_000_000, 1] : [50, 1_000, 7_777]));
  const requestsPerSecond = fc.constantFrom(...(huge ? [1_000_000_000, 1] : [1, 3, 20]));
  if (dimensions === "concurrency") return fc.record({ concurrent });
  const rates = { tokensPerSecond, requestsPerSecond };
  const optional = { requiredKeys: [] };
  return dimensions === "rates" ? fc.record(rates, optional) : fc.record({ concurrent, ...rates }, optional);
}

type Draw = readonly [kind: number, a: number, b: number, c: number];

/** One step from four numbers: small numbers make small steps, so that a failing trace shrinks to a short story. */
function stepOf([kind, a, b, c]: Draw, world: World, emphasis: Emphasis): Step {
  if (emphasis.clock && kind >= 940) {
    return kind < 970
      ? { do: "back", byUs: a * 400_000 }
      : { do: "sleep", byUs: kind < 985 ? 3_600 * secondUs : a * 500 };
  }
  if (emphasis.changes && kind >= 800 && kind < 940) return changeOf(kind % 20, a, b, c, world);
  if (kind < 480) return offerOf(kind, a, b, c, world, emphasis);
  if (kind < 640) return { do: "complete", pick: a, actualPermille: b % 8 === 0 ? undefined : b % 4_000 };
  if (kind < 690) return { do: "cancel", pick: a };
  if (kind < 720) return { do: "progress", pick: a, outputTokens: b % 3_000 };
  return { do: "advance", byUs: a % 3 === 0 ? b : a % 3 === 1 ? b * 30 : b * 300 };
}

function offerOf(kind: number, a: number, b: number, c: number, world: World, emphasis: Emphasis): Step {
  const size = emphasis.huge ? 214_748 : 1;
  const inputTokens = (b % 300) * size;
  return {
    do: "offer",
    lane: a % world.lanes.length,
    level: kind % world.rules.levels.length,
    tenant: c % 4,
    expected: {
      inputTokens,
      cachedTokens: b % 2 === 0 ? 0 : Math.floor(inputTokens / 2),
      outputTokens: (c % 500) * size,
    },
    bytes: (a % 900) * size,
    deadlineInUs: emphasis.deadlines && kind % 3 === 0 ? b * 200 : undefined,
  };
}

function changeOf(kind: number, a: number, b: number, c: number, world: World): Step {
  const deployment = a % world.deployments.length;
  const health: readonly HealthState[] = ["closed", "closed", "half-open", "open"];
  switch (kind % 10) {
    case 0:
    case 1:
    case 2:
      return { do: "limits", resource: a % world.resources.length, limits: changedLimits(b, c) };
    case 3:
      return { do: "ceiling", deployment, concurrent: b % 4 === 3 ? undefined : b % 4 };
    case 4:
    case 5:
      return { do: "health", deployment, health: health[b % health.length] ?? "closed" };
    case 6:
      return { do: "rateLimited", deployment, forUs: b * 500 };
    case 7:
      return { do: "told", deployment, limits: { requests: told(b % 5, c * 700), tokens: told(c, b * 700) } };
    case 8:
      return { do: "strained", strained: b % 2 === 0 };
    default:
      return { do: "policy", policy: allPolicies[b % allPolicies.length] ?? "strict" };
  }
}

/** Every third header says nothing of when the limit is whole again. */
function told(remaining: number, resetInUs: number): RemainingLimit {
  return resetInUs % 3 === 0 ? { remaining } : { remaining, resetInUs };
}

function changedLimits(b: number, c: number): CapacityLimits {
  return {
    ...(b % 2 === 0 ? { concurrent: c % 5 } : {}),
    ...(b % 3 === 0 ? { tokensPerSecond: (c % 40) * 100 } : {}),
    ...(b % 5 === 0 ? { requestsPerSecond: c % 12 } : {}),
  };
}
