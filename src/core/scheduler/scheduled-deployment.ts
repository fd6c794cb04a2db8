import { believed } from "#core/scheduler/allowance.ts";
import type { DeploymentSpec, HealthState, UpstreamLimits } from "#core/scheduler/capacity.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";
import type { Resource } from "#core/scheduler/resource.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { foreseenFromUs, ServedWindow } from "#core/scheduler/served-window.ts";
import { type ConfiguredRates, ToldLimits } from "#core/scheduler/told-limits.ts";

/** A mean follows a new sample by this part of the difference. */
const meanParts = 8;
const dimensions = ["tokens", "requests"] as const;
/** A pause that a provider asks for is believed up to this long: what it says later may be better news. */
const longestPauseUs = 300_000_000;

/** One place that can answer: what it draws on, how it is, what runs there. */
export class ScheduledDeployment {
  readonly id: DeploymentId;
  group: string;
  resources: readonly Resource[];
  /** What was dispatched here lately, by level. */
  readonly served: ServedWindow;
  weight: number;
  ceiling: number | undefined;
  health: HealthState = "closed";
  pausedUntilUs = 0;
  /** Until when a 429 has paused it. */
  congestedUntilUs = 0;
  /** What its provider said is left; undefined while that was never less than its own limits let go at once. */
  told: ToldLimits | undefined = undefined;
  inFlight = 0;
  /** Those of `inFlight` that went while it was not sound, since it last was. */
  trials = 0;
  /** How often it has become sound: a trial of before, which may stream on for long, holds up none of later. */
  recoveries = 0;
  /** Mean time from dispatch to end; 0 while nothing has ended. */
  meanServiceUs = 0;

  constructor(spec: DeploymentSpec, resources: readonly Resource[], levels: number) {
    this.id = spec.id as DeploymentId;
    this.group = spec.group;
    this.resources = resources;
    this.served = new ServedWindow(levels, foreseenFromUs);
    this.weight = spec.weight;
  }

  /** Whether a request may start here now, its health and that of others apart. */
  canStart(nowUs: number, countsTokens: boolean): boolean {
    if (nowUs < this.pausedUntilUs || this.inFlight >= (this.ceiling ?? Number.MAX_SAFE_INTEGER)) return false;
    for (const resource of this.resources) if (!resource.canTake(nowUs, countsTokens)) return false;
    return this.told === undefined || this.told.readyFromUs(nowUs, countsTokens) <= nowUs;
  }

  /** Whether its health lets another one try: any number while sound, few while on trial, one while out of order. */
  mayTry(probes: number): boolean {
    switch (this.health) {
      case "closed":
        return true;
      case "half-open":
        return this.trials < probes;
      case "open":
        return this.trials < 1;
    }
  }

  /** Whether nothing can ever start here, as limits stand. */
  takesNothing(countsTokens: boolean): boolean {
    return this.ceiling === 0 || this.resources.some((resource) => resource.takesNothing(countsTokens));
  }

  /** Its health has changed. */
  turned(health: HealthState): void {
    this.health = health;
    if (health !== "closed") return;
    this.trials = 0;
    this.recoveries += 1;
  }

  /** When time alone lets the next one start here; undefined where something must end or change first. */
  readyFromUs(nowUs: number, { capacityModel, probes }: SchedulingRules): number | undefined {
    if (this.inFlight >= (this.ceiling ?? Number.MAX_SAFE_INTEGER) || !this.mayTry(probes)) return undefined;
    let fromUs = Math.max(nowUs, this.pausedUntilUs);
    for (const resource of this.resources) {
      const readyUs = resource.readyFromUs(nowUs, capacityModel !== "simple");
      if (readyUs === undefined) return undefined;
      fromUs = Math.max(fromUs, readyUs);
    }
    return Math.max(fromUs, this.told?.readyFromUs(nowUs, capacityModel !== "simple") ?? nowUs);
  }

  /**
   * Its provider says what is left of its own limits. Where that is nothing it is left alone for as long as they say,
   * whatever is configured, and the answer is true.
   */
  tell(nowUs: number, limits: UpstreamLimits): boolean {
    const before = this.pausedUntilUs;
    for (const dimension of dimensions) {
      const limit = believed(limits[dimension]);
      if (limit === undefined) continue;
      if (limit.remaining === 0 && limit.resetInUs !== undefined) {
        this.pause(nowUs, limit.resetInUs);
        continue;
      }
      const rate = leastRate(this.resources, dimension);
      // More than the rate brings in a second is more than ever goes at once; without one nobody knows when more is back.
      if (rate === undefined || limit.remaining >= rate) continue;
      this.told ??= new ToldLimits();
      this.told.tell(nowUs, dimension, limit, rate);
    }
    return this.pausedUntilUs > before;
  }

  /** Another account stands behind it: no pause, nothing told, and buckets that rest for one wake. */
  startAfresh(nowUs: number): void {
    this.pausedUntilUs = this.congestedUntilUs = 0;
    this.told = undefined;
    const own = this.ownResource;
    for (const bucket of own?.deployments.length === 1 ? [own.tokens, own.requests] : []) bucket.wake(nowUs);
  }

  /** Nothing goes to it for so long. Answers until when that is, together with earlier pauses. */
  pause(nowUs: number, durationUs: number): number {
    const untilUs = nowUs + Math.min(longestPauseUs, Math.max(0, Math.ceil(durationUs)));
    this.pausedUntilUs = Math.max(this.pausedUntilUs, untilUs);
    return this.pausedUntilUs;
  }

  /** The least of the rates that are configured for it. */
  get rates(): ConfiguredRates {
    return { tokens: leastRate(this.resources, "tokens"), requests: leastRate(this.resources, "requests") };
  }

  /** The resource that is its own more than any other: the one with the longest name. */
  get ownResource(): Resource | undefined {
    let own: Resource | undefined;
    for (const resource of this.resources) if (own === undefined || resource.id.length > own.id.length) own = resource;
    return own;
  }

  /** Learns how long one took. */
  tookUs(durationUs: number): void {
    const change = durationUs - this.meanServiceUs;
    this.meanServiceUs = this.meanServiceUs === 0 ? durationUs : this.meanServiceUs + Math.trunc(change / meanParts);
  }
}

function leastRate(resources: readonly Resource[], dimension: keyof ConfiguredRates): number | undefined {
  let least: number | undefined;
  for (const resource of resources) {
    const { rate } = resource[dimension];
    if (rate !== undefined && (least === undefined || rate < least)) least = rate;
  }
  return least;
}
