import type { DeploymentSpec, HealthState } from "#core/scheduler/capacity.ts";
import type { DeploymentId } from "#core/scheduler/offer.ts";
import type { Resource } from "#core/scheduler/resource.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import { foreseenFromUs, ServedWindow } from "#core/scheduler/served-window.ts";

/** A mean follows a new sample by this part of the difference. */
const meanParts = 8;

/** One place that can answer: what it draws on, how it is, what runs there. */
export class ScheduledDeployment {
  readonly id: DeploymentId;
  readonly group: string;
  readonly resources: readonly Resource[];
  /** What was dispatched here lately, by level. */
  readonly served: ServedWindow;
  weight: number;
  ceiling: number | undefined;
  health: HealthState = "closed";
  pausedUntilUs = 0;
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
    return true;
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
    return fromUs;
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
