import { nullMeter } from "#core/effects/null-meter.ts";
import { CallerLimits } from "#core/limits/caller-limits.ts";
import { QuotaKeeper } from "#core/limits/quota-keeper.ts";
import type { QuotaStore } from "#core/limits/quota-store.ts";
import { QuotaUsages } from "#core/limits/quota-usages.ts";
import type { Part } from "#core/part.ts";
import { DeploymentHealth } from "#core/routing/deployment-health.ts";
import { DirectAdmission } from "#core/admission/direct-admission.ts";
import type { Admission } from "#core/admission/admission.ts";
import { AdaptiveCeilings } from "#core/admission/adaptive-ceilings.ts";
import type { Levels } from "#core/admission/level.ts";
import type { ProviderCapacity } from "#core/admission/named-deployments.ts";
import { ScheduledAdmission } from "#core/admission/scheduled-admission.ts";
import { SheddingAdmission } from "#core/admission/shedding-admission.ts";
import type { DegradationLadder } from "#core/degradation/ladder.ts";
import { Scheduler } from "#core/scheduler/scheduler.ts";
import { SchedulingGauges } from "#core/admission/scheduling-gauges.ts";
import { SchedulingMeter } from "#core/admission/scheduling-meter.ts";
import { TenantServiceMeter } from "#core/admission/tenant-service-meter.ts";
import { TokenExpectation } from "#core/admission/token-expectation.ts";
import { Topology } from "#core/admission/topology.ts";
import { levelsOf } from "#configurations/books.ts";
import type { Host } from "#configurations/host.ts";
import type { Metrics } from "#configurations/metrics.ts";
import type { ProviderSettings, Settings } from "#settings/settings.ts";

/** The scheduler and its shell, where it is on. */
export interface SchedulerAtWork {
  readonly admission: ScheduledAdmission;
  readonly topology: Topology;
  readonly scheduler: Scheduler;
  /** What stands before it. */
  readonly shedding: SheddingAdmission;
}

/** Everything that decides whether and when a call may go. */
export interface Scheduling {
  readonly admission: Admission;
  readonly health: DeploymentHealth;
  readonly levels: Levels;
  readonly expectation: TokenExpectation;
  readonly limiter: CallerLimits;
  /** Undefined where scheduling is off: calls then go at once to whoever is healthy. */
  readonly atWork: SchedulerAtWork | undefined;
  readonly onEventLoopLag: ((lagMs: number) => void) | undefined;
  readonly parts: readonly Part[];
}

/** What scheduling takes from the composition around it. */
export interface SchedulingParts {
  readonly host: Host;
  readonly metrics: Metrics;
  /** Bounds the values of model labels. */
  readonly modelLabel: (model: string) => string;
  readonly quotas: QuotaStore;
  readonly ladder: DegradationLadder;
}

/** Beyond this the process itself is what requests wait for. */
const strainedLagMs = 200;

/** Builds limits of callers always, and the scheduler where it is on. */
export function composeScheduling(settings: Settings, parts: SchedulingParts): Scheduling {
  const { host, metrics, modelLabel, quotas } = parts;
  const { meter } = metrics;
  const { clock, log } = host;
  const { scheduling, breaker, rateLimit } = settings;
  const usages = new QuotaUsages();
  const health = new DeploymentHealth({ clock, rules: breaker, meter, log, modelLabel });
  const atWork = scheduling.enabled ? scheduler(settings, health, parts) : undefined;
  return {
    admission: atWork?.shedding ?? new DirectAdmission(health, clock),
    health,
    levels: levelsOf(settings),
    expectation: new TokenExpectation(scheduling.enabled ? meter : nullMeter, modelLabel),
    limiter: new CallerLimits({ clock, log, meter, mode: rateLimit.mode, usages, hourly: hourlyLimits(settings) }),
    atWork,
    onEventLoopLag: atWork && strainSensor(atWork.admission),
    parts: [health, new QuotaKeeper({ usages, store: quotas, clock, log })],
  };
}

function scheduler(settings: Settings, health: DeploymentHealth, parts: SchedulingParts): SchedulerAtWork {
  const { host, metrics, ladder } = parts;
  const { rules, defaultLevel } = settings.scheduling;
  const topology = new Topology(settings.routes, settings.providers.map(capacityOf));
  const machine = new Scheduler(rules);
  const ceilings = settings.scheduling.adaptive ? new AdaptiveCeilings(host.clock) : undefined;
  const admission = new ScheduledAdmission({
    scheduler: machine,
    topology,
    health,
    meter: new SchedulingMeter(metrics.meter, rules.levels.length),
    clock: host.clock,
    levels: rules.levels.length,
    countsTokens: rules.capacityModel === "multi_dimensional",
    ...(ceilings && { ceilings }),
    ...(settings.metrics.tenantLabels && { tenants: new TenantServiceMeter(metrics.meter, rules.costPermille) }),
  });
  const gauges = new SchedulingGauges(metrics.meter, {
    isNamed: (name) => topology.isNamed(name),
    latencySecondsOf: (id) => ceilings?.latencySecondsOf(id),
  });
  metrics.onRead(() => gauges.write(admission.state()));
  const shedding = new SheddingAdmission({ inner: admission, ladder, levels: rules.levels.length, defaultLevel });
  return { admission, topology, scheduler: machine, shedding };
}

function capacityOf({
  name,
  apiKey,
  moreApiKeys,
  models,
  capacity,
  modelCapacity,
}: ProviderSettings): ProviderCapacity {
  const keys = apiKey === undefined ? 1 : 1 + moreApiKeys.length;
  return { name, keys, models, limits: capacity, modelLimits: modelCapacity };
}

function hourlyLimits({ rateLimit: { enabled, requestsPerHour, tokensPerHour } }: Settings) {
  return enabled ? { requestsPerHour, tokensPerHour } : { requestsPerHour: {}, tokensPerHour: {} };
}

/** Tells the scheduler only when the strain begins and when it ends. */
function strainSensor(admission: ScheduledAdmission): (lagMs: number) => void {
  let strained = false;
  return (lagMs) => {
    const now = lagMs > strainedLagMs;
    if (now !== strained) admission.strained(now);
    strained = now;
  };
}
