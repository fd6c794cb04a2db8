import { Bucket, microsPerUnit } from "#core/scheduler/bucket.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";

/** A start needs something above nothing in the bucket of tokens: the rest of its charge may be debt. */
export const aboveNothingMicros = 1;

/** Something with limits that several deployments may draw on. */
export class Resource {
  readonly id: string;
  readonly tokens: Bucket;
  readonly requests: Bucket;
  /** Those that draw on it, in order of declaration. */
  readonly deployments: ScheduledDeployment[] = [];
  concurrent: number | undefined;
  inFlight = 0;

  constructor(nowUs: number, id: string, limits: CapacityLimits) {
    this.id = id;
    this.tokens = new Bucket(nowUs, limits.tokensPerSecond);
    this.requests = new Bucket(nowUs, limits.requestsPerSecond);
    this.concurrent = limits.concurrent;
  }

  setLimits(nowUs: number, limits: CapacityLimits): void {
    this.tokens.setRate(nowUs, limits.tokensPerSecond);
    this.requests.setRate(nowUs, limits.requestsPerSecond);
    this.concurrent = limits.concurrent;
  }

  /** Whether a request may start here now. */
  canTake(nowUs: number, countsTokens: boolean): boolean {
    return (
      (this.concurrent === undefined || this.inFlight < this.concurrent) &&
      (!countsTokens || this.tokens.holds(nowUs, aboveNothingMicros)) &&
      this.requests.holds(nowUs, microsPerUnit)
    );
  }

  /** Whether no request can ever start here, as the limits stand. */
  takesNothing(countsTokens: boolean): boolean {
    return this.concurrent === 0 || this.requests.rate === 0 || (countsTokens && this.tokens.rate === 0);
  }

  /** When its rates let the next one start; undefined where only an end or new limits can help. */
  readyFromUs(nowUs: number, countsTokens: boolean): number | undefined {
    if (this.concurrent !== undefined && this.inFlight >= this.concurrent) return undefined;
    const requestsUs = this.requests.holdsFromUs(nowUs, microsPerUnit);
    const tokensUs = countsTokens ? this.tokens.holdsFromUs(nowUs, aboveNothingMicros) : nowUs;
    return requestsUs === undefined || tokensUs === undefined ? undefined : Math.max(requestsUs, tokensUs);
  }
}
