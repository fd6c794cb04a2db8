import type { CapacityLimits, HealthState, UpstreamLimits } from "#core/scheduler/capacity.ts";
import { ExactBucket } from "./exact-bucket.ts";
import { RateWindow } from "./rate-window.ts";
import { Violation } from "./violation.ts";
import { secondUs, type World } from "./world.ts";

interface ResourceBook {
  limits: CapacityLimits;
  inFlight: number;
  readonly tokens: RateWindow;
  readonly requests: RateWindow;
  readonly tokenBucket: ExactBucket;
  readonly requestBucket: ExactBucket;
}

interface DeploymentBook {
  readonly resources: readonly ResourceBook[];
  inFlight: number;
  ceiling: number | undefined;
  health: HealthState;
  pausedUntilUs: number;
}

/** What runs where, against limits that may change: kept without asking the scheduler. */
export class CapacityBook {
  readonly #resources = new Map<string, ResourceBook>();
  readonly #deployments = new Map<string, DeploymentBook>();
  readonly #countsTokens: boolean;
  #largestTokens = 0;

  constructor(world: World) {
    this.#countsTokens = world.rules.capacityModel === "multi_dimensional";
    for (const { id, limits } of world.resources) {
      const windows = { tokens: new RateWindow(), requests: new RateWindow() };
      const tokensPerSecond = this.#countsTokens ? limits.tokensPerSecond : undefined;
      const buckets = {
        tokenBucket: new ExactBucket(tokensPerSecond),
        requestBucket: new ExactBucket(limits.requestsPerSecond),
      };
      const book = { limits: {}, inFlight: 0, ...windows, ...buckets };
      this.#resources.set(id, book);
      this.setLimits(0, id, limits);
    }
    for (const { id, resources } of world.deployments) {
      const books = resources.flatMap((resource) => this.#resources.get(resource) ?? []);
      this.#deployments.set(id, {
        resources: books,
        inFlight: 0,
        ceiling: undefined,
        health: "closed",
        pausedUntilUs: 0,
      });
    }
  }

  setLimits(nowUs: number, resource: string, limits: CapacityLimits): void {
    const book = this.#resources.get(resource);
    if (book === undefined) return;
    book.limits = limits;
    book.tokens.setRate(nowUs, this.#countsTokens ? limits.tokensPerSecond : undefined);
    book.requests.setRate(nowUs, limits.requestsPerSecond);
  }

  setCeiling(deployment: string, concurrent: number | undefined): void {
    this.of(deployment).ceiling = concurrent;
  }

  setHealth(deployment: string, health: HealthState): void {
    this.of(deployment).health = health;
  }

  pause(deployment: string, untilUs: number): void {
    const book = this.of(deployment);
    book.pausedUntilUs = Math.max(book.pausedUntilUs, untilUs);
  }

  /** Nothing left until a moment within a day is a pause. */
  told(deployment: string, nowUs: number, { requests, tokens }: UpstreamLimits): void {
    for (const { remaining, resetInUs = 0 } of [requests, tokens].filter((limit) => limit !== undefined)) {
      const isSane = remaining === 0 && resetInUs > 0 && resetInUs <= 86_400 * secondUs;
      if (isSane) this.pause(deployment, nowUs + resetInUs);
    }
  }

  /** Counts a start; a Violation of S3 or S4 when there was no room for it, or of the health rules. */
  start(nowUs: number, deployment: string, tokens: number, lane: readonly string[]): void {
    const book = this.of(deployment);
    if (book.health === "open" && lane.some((other) => this.of(other).health === "closed")) {
      throw new Violation("S3", `${deployment} is out of order and its lane has a sound one`);
    }
    if (nowUs < book.pausedUntilUs) throw new Violation("S3", `${deployment} was to be left alone`);
    book.inFlight += 1;
    if (book.ceiling !== undefined && book.inFlight > book.ceiling) {
      throw new Violation("S3", `${book.inFlight} in flight at ${deployment}, ceiling ${book.ceiling}`);
    }
    this.#largestTokens = Math.max(this.#largestTokens, tokens);
    for (const resource of book.resources) this.#take(nowUs, resource, tokens);
  }

  #take(nowUs: number, resource: ResourceBook, tokens: number): void {
    resource.inFlight += 1;
    const { concurrent } = resource.limits;
    if (concurrent !== undefined && resource.inFlight > concurrent) {
      throw new Violation("S3", `${resource.inFlight} in flight, limit ${concurrent}`);
    }
    resource.tokenBucket.take(nowUs, tokens);
    resource.requestBucket.take(nowUs, 1);
    const over = resource.tokens.take(nowUs, tokens, this.#largestTokens);
    if (over > 0) throw new Violation("S4", `${over} tokens above burst, rate and one largest charge`);
    const overRequests = resource.requests.take(nowUs, 1, 1);
    if (overRequests > 0) throw new Violation("S4", `${overRequests} requests above burst and rate`);
  }

  /** Counts tokens that a running one takes beyond its estimate: nothing holds them up. */
  charge(nowUs: number, deployment: string, tokens: number): void {
    for (const resource of this.of(deployment).resources) resource.tokenBucket.take(nowUs, tokens);
  }

  /** Counts an end that gave so many tokens and requests back; tokens may be negative, when it took more. */
  end(nowUs: number, deployment: string, tokensBack: number, requestsBack: number): void {
    const book = this.of(deployment);
    book.inFlight -= 1;
    for (const resource of book.resources) {
      resource.inFlight -= 1;
      resource.tokenBucket.take(nowUs, -tokensBack);
      resource.requestBucket.take(nowUs, -requestsBack);
      resource.tokens.take(nowUs, -Math.max(0, tokensBack), this.#largestTokens);
      resource.requests.take(nowUs, -requestsBack, 1);
    }
  }

  /** When the deployment could take another, given that nothing ends before and its rates never changed. */
  canStartFromUs(nowUs: number, deployment: string): number {
    const { resources, health } = this.of(deployment);
    if (health !== "closed" || !this.hasFreeSlot(deployment)) return Number.POSITIVE_INFINITY;
    const moments = resources.flatMap(({ tokenBucket, requestBucket }) => [
      tokenBucket.holdsFromUs(nowUs, 1),
      requestBucket.holdsFromUs(nowUs, 1_000_000),
    ]);
    return Math.max(nowUs, ...moments);
  }

  /** Tokens that the resource is behind, in millionths, if its rate never changed. */
  debtMicros(nowUs: number, resource: string): number {
    return Math.max(0, -(this.#resources.get(resource)?.tokenBucket.levelMicros(nowUs) ?? 0));
  }

  /** Whether the deployment has nothing running that a limit or a ceiling would count against another start. */
  hasFreeSlot(deployment: string): boolean {
    const book = this.of(deployment);
    return (
      book.inFlight < (book.ceiling ?? Number.POSITIVE_INFINITY) &&
      book.resources.every((resource) => resource.inFlight < (resource.limits.concurrent ?? Number.POSITIVE_INFINITY))
    );
  }

  of(deployment: string): DeploymentBook {
    const book = this.#deployments.get(deployment);
    if (book === undefined) throw new Violation("S2", `${deployment} was never declared`);
    return book;
  }
}
