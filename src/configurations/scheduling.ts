import { nullMeter } from "#core/effects/null-meter.ts";
import { CallerLimits, type CallerLimitsParts } from "#core/limits/caller-limits.ts";
import { QuotaKeeper } from "#core/limits/quota-keeper.ts";
import type { QuotaStore } from "#core/limits/quota-store.ts";
import { QuotaUsages } from "#core/limits/quota-usages.ts";
import type { Part } from "#core/part.ts";
import { DeploymentHealth } from "#core/routing/deployment-health.ts";
import type { Provider } from "#core/routing/provider.ts";
import { DirectAdmission } from "#core/admission/direct-admission.ts";
import type { Admission } from "#core/admission/admission.ts";
import { AdaptiveCeilings } from "#core/admission/adaptive-ceilings.ts";
import type { Levels } from "#core/admission/level.ts";
import type { ProviderCapacity } from "#core/admission/named-deployments.ts";
import { ScheduledAdmission } from "#core/admission/scheduled-admission.ts";
import { SheddingAdmission } from "#core/admission/shedding-admission.ts";
import type { DegradationLadder } from "#core/degradation/ladder.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
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

/** Everything that decides whether and when a call may go, and remembers: it outlives every configuration. */
export interface Scheduling {
  readonly health: DeploymentHealth;
  readonly expectation: TokenExpectation;
  readonly limiter: CallerLimits;
  /** Calls go at once to whoever is healthy, or when their turn has come. */
  readonly admission: DirectAdmission | ScheduledAdmission;
  readonly onEventLoopLag: ((lagMs: number) => void) | undefined;
  readonly parts: readonly Part[];
}

/** The scheduler as one configuration has it. */
export interface SchedulerAtWork {
  readonly admission: ScheduledAdmission;
  readonly topology: Topology;
  readonly rules: SchedulingRules;
  /** What stands before it. */
  readonly shedding: SheddingAdmission;
}

/** What one configuration makes of scheduling; nothing is in force before `enterScheduling`. */
export interface SchedulingRound {
  readonly admission: Admission;
  readonly levels: Levels;
  /** Undefined where scheduling is off. */
  readonly atWork: SchedulerAtWork | undefined;
}

/** What scheduling takes from the composition around it. */
export interface SchedulingParts {
  readonly host: Host;
  readonly metrics: Metrics;
  /** Bounds the values of model labels. */
  readonly modelLabel: (model: string) => string;
  readonly quotas: QuotaStore;
}

/** Beyond this the process itself is what requests wait for. */
const strainedLagMs = 200;

/** Builds limits of callers always, and the scheduler where it is on. */
export function composeScheduling(settings: Settings, parts: SchedulingParts): Scheduling {
  const { host, metrics, modelLabel, quotas } = parts;
  const { meter } = metrics;
  const { clock, log } = host;
  const { scheduling, breaker } = settings;
  const usages = new QuotaUsages();
  const health = new DeploymentHealth({ clock, rules: breaker, meter, log, modelLabel });
  const scheduled = scheduling.enabled ? scheduledAdmission(settings, health, parts) : undefined;
  return {
    health,
    expectation: new TokenExpectation(scheduling.enabled ? meter : nullMeter, modelLabel),
    limiter: new CallerLimits({ clock, log, meter, usages, ...limitsOfAll(settings) }),
    admission: scheduled ?? new DirectAdmission(health, clock),
    onEventLoopLag: scheduled && strainSensor(scheduled),
    parts: [health, new QuotaKeeper({ usages, store: quotas, clock, log })],
  };
}

/** What these settings make of scheduling. */
export function schedulingRound(
  settings: Settings,
  { admission }: Pick<Scheduling, "admission">,
  ladder: DegradationLadder,
): SchedulingRound {
  const levels = levelsOf(settings);
  if (!(admission instanceof ScheduledAdmission)) return { admission, levels, atWork: undefined };
  const { rules, defaultLevel } = settings.scheduling;
  const shedding = new SheddingAdmission({ inner: admission, ladder, levels: rules.levels.length, defaultLevel });
  return { admission: shedding, levels, atWork: { admission, topology: topologyOf(settings), rules, shedding } };
}

/** Puts the settings in force, the rules of their hour by `begin` included, as one change: nobody starts in between. */
export function enterScheduling(
  settings: Settings,
  { health, limiter }: Pick<Scheduling, "health" | "limiter">,
  { atWork }: SchedulingRound,
  begin: () => void,
): void {
  health.setRules(settings.breaker);
  limiter.configure(limitsOfAll(settings));
  limiter.setQuotaRules([]);
  if (atWork === undefined) begin();
  else {
    const { admission, rules, topology } = atWork;
    admission.together(() => {
      admission.setRules(rules);
      admission.redeclare(topology);
      begin();
    });
  }
}

/** Another account stands behind a name, such as by a new key; `before` is the provider that requests of then still ask. */
export function startAccountAfresh(
  { admission, health }: Pick<Scheduling, "admission" | "health">,
  account: string,
  before: Provider | undefined,
): void {
  health.startAfresh(account, before);
  admission.startAfresh(account);
}

function topologyOf({ providers, routes }: Settings): Topology {
  return new Topology(routes, providers.map(capacityOf));
}

function scheduledAdmission(settings: Settings, health: DeploymentHealth, parts: SchedulingParts): ScheduledAdmission {
  const { host, metrics } = parts;
  const { rules } = settings.scheduling;
  const ceilings = settings.scheduling.adaptive ? new AdaptiveCeilings(host.clock) : undefined;
  const admission = new ScheduledAdmission({
    scheduler: new Scheduler(rules),
    topology: topologyOf(settings),
    health,
    meter: new SchedulingMeter(metrics.meter, rules.levels.length),
    clock: host.clock,
    levels: rules.levels.length,
    countsTokens: rules.capacityModel === "multi_dimensional",
    ...(ceilings && { ceilings }),
    ...(settings.metrics.tenantLabels && { tenants: new TenantServiceMeter(metrics.meter, rules.costPermille) }),
  });
  const gauges = new SchedulingGauges(metrics.meter, {
    isNamed: (name) => admission.isNamed(name),
    latencySecondsOf: (id) => ceilings?.latencySecondsOf(id),
  });
  metrics.onRead(() => gauges.write(admission.state()));
  return admission;
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

function limitsOfAll({ rateLimit }: Settings): Pick<CallerLimitsParts, "hourly" | "mode"> {
  const { enabled, mode, requestsPerHour, tokensPerHour } = rateLimit;
  return { mode, hourly: enabled ? { requestsPerHour, tokensPerHour } : { requestsPerHour: {}, tokensPerHour: {} } };
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
