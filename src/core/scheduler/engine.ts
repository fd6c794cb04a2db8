import { CapacityMap } from "#core/scheduler/capacity-map.ts";
import { begin, leave } from "#core/scheduler/charges.ts";
import { IndexedHeap } from "#core/scheduler/indexed-heap.ts";
import { Judge } from "#core/scheduler/judgement.ts";
import type { Lane } from "#core/scheduler/lane.ts";
import type { Effect, RefusalReason, Ticket } from "#core/scheduler/offer.ts";
import type { Pool } from "#core/scheduler/pool.ts";
import { QueueBounds } from "#core/scheduler/queue-bounds.ts";
import { Refusals, type TurnedAway } from "#core/scheduler/refusals.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { Run, ScheduledRequest } from "#core/scheduler/scheduled-request.ts";

/** Moves requests: into the queue, out of it, to a deployment. Whatever happens to one is an effect. */
export class Engine {
  rules: SchedulingRules;
  inFlight = 0;
  /** While true nobody starts: several changes are one. */
  held = false;
  readonly capacity: CapacityMap;
  readonly bounds: QueueBounds;
  readonly judge: Judge;
  readonly refusals: Refusals;
  /** Those that wait or run. */
  readonly open = new Map<Ticket, ScheduledRequest>();
  readonly #expiries = new IndexedHeap<ScheduledRequest>((one, other) => one.expiresUs < other.expiresUs);
  #nowUs = 0;
  #effects: Effect[] = [];
  #spareEffects: Effect[] = [];

  constructor(rules: SchedulingRules, seed: number) {
    this.rules = rules;
    this.capacity = new CapacityMap(rules.levels.length);
    this.bounds = new QueueBounds(rules.levels.length);
    this.judge = new Judge(this.capacity, this.bounds);
    this.refusals = new Refusals(seed);
  }

  /** The latest time heard. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** Time passes, never backwards; those whose time is over go. */
  pass(nowUs: number): void {
    this.#nowUs = Math.max(this.#nowUs, Math.floor(nowUs));
    if (this.capacity.hasLeftovers) this.capacity.sweep(this.#nowUs);
    for (;;) {
      const request = this.#expiries.peek();
      if (request === undefined || request.expiresUs > this.#nowUs) return;
      const isDead = request.deadlineUs <= this.#nowUs;
      this.#turnAway(request, isDead ? "deadline_exceeded" : "queue_timeout");
    }
  }

  /** Starts everybody who can. */
  pump(): void {
    if (this.held || this.bounds.queued === 0) return;
    for (const pool of this.capacity.pools) {
      if (pool.queued > 0 && (pool.due || pool.wakeUs <= this.#nowUs)) this.#pumpPool(pool);
    }
  }

  /** Something other than a request has changed: whoever can start starts, whoever has nowhere to go any more is told. */
  changed(): void {
    for (const pool of this.capacity.pools) pool.due = true;
    if (this.held) return;
    this.pump();
    for (const lane of this.capacity.lanes.values()) if (lane.queued > 0) this.#turnAwayWhoWaitsInVain(lane);
  }

  /** Everybody where nothing can be served any more, else those who will not live to see the end of a pause. */
  #turnAwayWhoWaitsInVain(lane: Lane): void {
    const isHopeless = lane.isHopeless(this.#nowUs, this.rules);
    const pauseUs = lane.pausedForUs(this.#nowUs);
    if (!isHopeless && pauseUs === 0) return;
    for (const { line } of lane.levels) {
      for (const request of [...line]) {
        if (isHopeless || request.expiresUs <= this.#nowUs + pauseUs) this.#turnAway(request, "no_capacity");
      }
    }
  }

  /** Lets a request run at the deployment of its lane with this index. */
  start(request: ScheduledRequest, chosen: number, byFloor: boolean): void {
    const { ticket, lane, queue, queuedUs, position } = request;
    const deployment = lane.deployments[chosen];
    if (deployment === undefined) return;
    lane.chosen(chosen);
    if (queue !== undefined) this.#forget(request);
    begin(this.#nowUs, request, deployment, byFloor, this.rules);
    this.inFlight += 1;
    const waitedUs = this.#nowUs - queuedUs;
    this.#effects.push({ type: "dispatch", ticket, deployment: deployment.id, waitedUs, position, byFloor });
  }

  /** Lets a request wait, in the place of less urgent ones where the queue is full. */
  enqueue(request: ScheduledRequest): void {
    while (!this.bounds.fits(request, this.rules)) {
      const victim = this.bounds.victim(this.capacity.pools, request, this.rules);
      if (victim === undefined) break;
      this.#turnAway(victim, "evicted");
    }
    request.position = request.lane.pool.queuedUpTo(request.level);
    this.bounds.add(request);
    this.#expiries.push(request);
    request.lane.pool.enqueue(this.#nowUs, request, this.rules);
  }

  /** Takes a request out of the queue. */
  dequeue(request: ScheduledRequest): void {
    request.lane.pool.remove(request);
    this.#forget(request);
  }

  /** A request runs no more: others may start where it ran. */
  free(run: Run): void {
    leave(run);
    this.inFlight -= 1;
    const isAsDeclared = run.resources === run.deployment.resources;
    const pools = isAsDeclared ? this.capacity.poolsTouchedBy(run.deployment) : this.capacity.pools;
    for (const pool of pools) pool.due = true;
  }

  refuse(one: TurnedAway, reason: RefusalReason): void {
    this.#effects.push(this.refusals.refuse(this.#nowUs, one, reason));
  }

  /** What has come out since the last call. The array is used again by the next call. */
  takeEffects(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = this.#spareEffects;
    this.#effects.length = 0;
    this.#spareEffects = effects;
    return effects;
  }

  /** When time alone changes something; undefined for never. */
  get nextWakeUs(): number | undefined {
    const first = this.#expiries.peek();
    // Whoever waits will expire.
    if (first === undefined) return undefined;
    let wakeUs = first.expiresUs;
    for (const pool of this.capacity.pools) if (pool.queued > 0) wakeUs = Math.min(wakeUs, pool.wakeUs);
    return wakeUs;
  }

  #pumpPool(pool: Pool): void {
    for (let turn = pool.next(this.#nowUs, this.rules); turn !== undefined; turn = pool.next(this.#nowUs, this.rules)) {
      const { request, byFloor } = turn;
      const { lane, level, queue, queuedUs } = request;
      const allowedUs = this.rules.levels[level]?.waitBudgetUs ?? 0;
      queue?.account.standing.served(this.#nowUs, this.#nowUs - queuedUs, allowedUs);
      this.start(request, lane.choose(this.#nowUs, this.rules), byFloor);
    }
  }

  /** It counts no more against the bounds of the queue, and will not expire. */
  #forget(request: ScheduledRequest): void {
    this.bounds.remove(request);
    this.#expiries.remove(request);
  }

  #turnAway(request: ScheduledRequest, reason: RefusalReason): void {
    this.open.delete(request.ticket);
    this.dequeue(request);
    this.refuse(request, reason);
  }
}
