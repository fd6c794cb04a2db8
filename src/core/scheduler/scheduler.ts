import type {
  CapacityLimits,
  CapacitySpec,
  DeploymentSpec,
  HealthState,
  ResourceSpec,
  UpstreamLimits,
} from "#core/scheduler/capacity.ts";
import { correct, undo } from "#core/scheduler/charges.ts";
import { Engine } from "#core/scheduler/engine.ts";
import type { Forecast } from "#core/scheduler/forecast.ts";
import type { Lane } from "#core/scheduler/lane.ts";
import type { CallTokens, DeploymentId, Effect, LaneId, Offer, Ticket } from "#core/scheduler/offer.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";
import { ScheduledRequest, tidiedTokens } from "#core/scheduler/scheduled-request.ts";
import type { SchedulerState } from "#core/scheduler/state.ts";
import { capacityState, poolState } from "#core/scheduler/state-view.ts";

/** Output beyond the estimate is charged in steps of so many tokens. */
const outputStep = 256;
/** What a forecast is for: tickets begin at 1. */
const nobody = 0 as Ticket;

/**
 * Decides which request goes when, where, and which are turned away: a state machine without clock, timer, promise or
 * randomness of its own. Offers, ends, changes and time go in, effects come out. Times are whole microseconds of a
 * monotonic clock; one that goes back counts as the latest heard. Each request is in one place: queued, running or ended.
 */
export class Scheduler {
  readonly #engine: Engine;
  #tickets = 0;

  /** `seed` is where the spread of Retry-After begins; the same seed and calls give the same effects. */
  constructor(rules: SchedulingRules, seed = 1) {
    this.#engine = new Engine(rules, seed);
  }

  /** Declares or replaces what has capacity. Lowering a limit takes nothing back that runs. */
  setResource(nowUs: number, { id, limits }: ResourceSpec): void {
    this.setLimits(nowUs, id, limits);
  }

  /** New limits for a resource, by rule of the hour, by lease, or by hand. */
  setLimits(nowUs: number, resource: string, limits: CapacityLimits): void {
    this.#engine.pass(nowUs);
    this.#engine.capacity.setLimits(this.#engine.nowUs, resource, limits);
    this.#engine.changed();
  }

  /** Declares a deployment; of one that is known only the weight changes. */
  addDeployment(spec: DeploymentSpec): void {
    this.#engine.capacity.add(this.#engine.nowUs, spec);
  }

  /**
   * Declares everything anew. What is known by name keeps its state: what runs there, what it has taken, how it is. What is not
   * declared any more takes nobody new; whoever waits for it still goes there, under the limits it had. It is forgotten when
   * nothing waits or runs there.
   */
  declare(nowUs: number, spec: CapacitySpec): void {
    this.#engine.pass(nowUs);
    this.#engine.capacity.declare(this.#engine.nowUs, spec);
    this.#engine.changed();
  }

  /** Carries out several changes as one: nobody starts in between. `act` calls this scheduler, this method included. */
  together(nowUs: number, act: () => void): void {
    this.#engine.pass(nowUs);
    const { held } = this.#engine;
    this.#engine.held = true;
    try {
      act();
    } finally {
      this.#engine.held = held;
      this.#engine.changed();
    }
  }

  /** Whether the deployment is declared. */
  has(deployment: string): boolean {
    return this.#engine.capacity.deployments.has(deployment);
  }

  /** Every deployment that is declared, or that somebody still goes to. */
  get deployments(): readonly DeploymentId[] {
    return this.#engine.capacity.ids;
  }

  /** The number of a set of known deployments, in order of preference; the same set has the same number. */
  lane(deployments: readonly string[]): LaneId {
    return this.#engine.capacity.lane(deployments).id;
  }

  /** New rules for whoever comes from now on; the number of levels stays. */
  setRules(nowUs: number, rules: SchedulingRules): void {
    this.#engine.pass(nowUs);
    this.#engine.rules = rules;
    this.#engine.changed();
  }

  /** The adaptive limit of a deployment; undefined for none. */
  setCeiling(nowUs: number, deployment: string, concurrent: number | undefined): void {
    this.#change(nowUs, deployment, (known) => {
      known.ceiling = concurrent;
    });
  }

  setHealth(nowUs: number, deployment: string, health: HealthState): void {
    if (this.#engine.capacity.find(deployment)?.health === health) return;
    this.#change(nowUs, deployment, (known) => known.turned(health));
  }

  /** Nothing goes to it before `untilUs` (a 429 with Retry-After), and its local rate falls by a tenth. */
  rateLimited(nowUs: number, deployment: string, untilUs: number): void {
    this.#change(nowUs, deployment, (known, atUs) => {
      // What is told 429 during a pause was sent before it: one congestion slows it down once.
      const isNews = atUs >= known.congestedUntilUs;
      known.congestedUntilUs = known.pause(atUs, untilUs - atUs);
      const own = known.ownResource;
      for (const bucket of own === undefined ? [] : [own.tokens, own.requests]) {
        if (isNews) bucket.slowDown(atUs, known.pausedUntilUs);
        // Another key of the same model is not to blame: what it shares only slows down.
        if (own?.deployments.length === 1) bucket.rest(atUs, known.pausedUntilUs);
      }
    });
  }

  /** Another account stands behind the deployment: what the one before was told holds no more. */
  startAfresh(nowUs: number, deployment: string): void {
    this.#change(nowUs, deployment, (known, atUs) => known.startAfresh(atUs));
  }

  /** Holds the deployment to what its provider says is left, downwards only; others that share its capacity go on as before. */
  told(nowUs: number, deployment: string, limits: UpstreamLimits): void {
    this.#engine.pass(nowUs);
    const isPaused = this.#engine.capacity.find(deployment)?.tell(this.#engine.nowUs, limits) ?? false;
    if (isPaused) this.#engine.changed();
    else this.#engine.pump();
  }

  /** While the process itself is short of time, waits are admitted half as long. */
  setStrained(nowUs: number, strained: boolean): void {
    this.#engine.pass(nowUs);
    this.#engine.judge.strained = strained;
    this.#engine.pump();
  }

  /** Offers a request; what becomes of it comes out as an effect, now or later. */
  offer(nowUs: number, offer: Offer): Ticket {
    this.tick(nowUs);
    this.#tickets += 1;
    const ticket = this.#tickets as Ticket;
    const { nowUs: atUs, rules, judge } = this.#engine;
    const request = new ScheduledRequest(ticket, this.#laneOf(offer), offer, atUs, rules);
    const { outcome, reason = "no_capacity", chosen, predictedUs } = judge.judge(atUs, request, rules);
    request.predictedUs = predictedUs;
    if (outcome === "refuse") {
      this.#engine.refuse(request, reason);
      return ticket;
    }
    this.#engine.open.set(ticket, request);
    if (outcome === "dispatch") this.#engine.start(request, chosen, false);
    else this.#engine.enqueue(request);
    return ticket;
  }

  /** Leaves the queue, or gives everything back that a dispatched one has taken. Of an ended one nothing. */
  cancel(nowUs: number, ticket: Ticket): void {
    this.#engine.pass(nowUs);
    const request = this.#engine.open.get(ticket);
    this.#engine.open.delete(ticket);
    if (request?.run !== undefined) {
      undo(this.#engine.nowUs, request, request.run, this.#engine.rules);
      this.#engine.free(request.run);
    } else if (request !== undefined) this.#engine.dequeue(request);
    this.#engine.pump();
  }

  /** Output tokens produced so far by a dispatched one: what goes beyond the estimate is charged at once. */
  progress(nowUs: number, ticket: Ticket, outputTokens: number): void {
    this.#engine.pass(nowUs);
    const request = this.#engine.open.get(ticket);
    const beyond = request?.run === undefined ? 0 : outputTokens - request.run.charged.outputTokens;
    if (request?.run !== undefined && beyond > 0) {
      const { charged } = request.run;
      const more = charged.outputTokens + Math.ceil(beyond / outputStep) * outputStep;
      correct(
        this.#engine.nowUs,
        request,
        request.run,
        tidiedTokens({ ...charged, outputTokens: more }),
        this.#engine.rules,
      );
    }
    this.#engine.pump();
  }

  /** Ends a dispatched one; the estimate stands where `actual` is undefined. */
  complete(nowUs: number, ticket: Ticket, actual: CallTokens | undefined): void {
    this.#engine.pass(nowUs);
    const request = this.#engine.open.get(ticket);
    if (request?.run !== undefined) {
      this.#engine.open.delete(ticket);
      if (actual !== undefined)
        correct(this.#engine.nowUs, request, request.run, tidiedTokens(actual), this.#engine.rules);
      request.run.deployment.tookUs(this.#engine.nowUs - request.run.dispatchedUs);
      this.#engine.free(request.run);
    }
    this.#engine.pump();
  }

  /** Lets time pass: refills, expires. To be called at `nextWakeUs`. */
  tick(nowUs: number): void {
    this.#engine.pass(nowUs);
    this.#engine.pump();
  }

  /** What has come out since the last call, in order. The array is reused: read it before the next call. */
  takeEffects(): readonly Effect[] {
    return this.#engine.takeEffects();
  }

  /** When `tick` should be called next if nothing else happens; undefined for never. */
  get nextWakeUs(): number | undefined {
    return this.#engine.nextWakeUs;
  }

  /** Place of a queued one: how many go before it by level and arrival. Undefined when it is not queued. */
  place(nowUs: number, ticket: Ticket): { readonly position: number; readonly predictedUs: number } | undefined {
    const request = this.#engine.open.get(ticket);
    if (request === undefined || request.run !== undefined) return undefined;
    const { pool } = request.lane;
    let position = pool.queuedUpTo(request.level - 1);
    for (const lane of pool.lanes) {
      for (const other of lane.levels[request.level]?.line ?? []) {
        if (other.ticket >= ticket) break;
        position += 1;
      }
    }
    return {
      position,
      predictedUs: this.#engine.judge.queuedWaitUs(Math.max(nowUs, this.#engine.nowUs), request, this.#engine.rules),
    };
  }

  /** What would become of this offer now, judged as `offer` does. */
  forecast(nowUs: number, offer: Offer): Forecast {
    const atUs = Math.max(Math.floor(nowUs), this.#engine.nowUs);
    const { judge, rules } = this.#engine;
    const lane = this.#laneOf(offer);
    const asking = new ScheduledRequest(nobody, lane, offer, atUs, rules);
    const { outcome, reason, chosen, predictedUs, limitUs } = judge.judge(atUs, asking, rules);
    const deployment = lane.deployments[chosen]?.id;
    return {
      outcome,
      ...(deployment === undefined ? {} : { deployment }),
      ...(reason === undefined ? {} : { reason }),
      position: outcome === "dispatch" ? 0 : lane.pool.queuedUpTo(asking.level),
      predictedUs,
      limitUs: outcome === "dispatch" ? judge.limitUs(atUs, asking, rules) : limitUs,
    };
  }

  /** Everything as it stands, for people. */
  state(nowUs: number): SchedulerState {
    const { capacity, judge, rules, bounds, inFlight, refusals, nowUs: heardUs } = this.#engine;
    const atUs = Math.max(Math.floor(nowUs), heardUs);
    return {
      resources: [...capacity.resources.values()].map((resource) => capacityState(atUs, resource)),
      pools: capacity.pools.map((pool) => poolState(atUs, pool, judge, rules)),
      queued: bounds.queued,
      queuedBytes: bounds.bytes,
      inFlight,
      refusals: refusals.records(atUs),
    };
  }

  #laneOf({ lane }: Offer): Lane {
    const { capacity } = this.#engine;
    return capacity.lanes.get(lane) ?? capacity.lane([]);
  }

  #change(nowUs: number, deployment: string, change: (known: ScheduledDeployment, atUs: number) => void): void {
    const engine = this.#engine;
    engine.pass(nowUs);
    const known = engine.capacity.find(deployment);
    if (known !== undefined) change(known, engine.nowUs);
    engine.changed();
  }
}
