import type { Lane } from "#core/scheduler/lane.ts";
import { LevelOrder } from "#core/scheduler/level-order.ts";
import { PoolLevel } from "#core/scheduler/pool-level.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledRequest } from "#core/scheduler/scheduled-request.ts";
import type { ScheduledDeployment } from "#core/scheduler/scheduled-deployment.ts";
import { isServedBefore, type TenantQueue } from "#core/scheduler/tenant-account.ts";

/** Deployments that are ordered together: the levels, the lanes through which requests reach them, and whose turn it is. */
export class Pool {
  readonly name: string;
  readonly levels: readonly PoolLevel[];
  readonly lanes: Lane[] = [];
  readonly deployments: ScheduledDeployment[] = [];
  readonly order: LevelOrder;
  queued = 0;
  /** When a request that waits may start by time alone, as of the last look. */
  wakeUs = Number.MAX_SAFE_INTEGER;
  /** Something has changed that may let a request start. */
  due = false;
  readonly #ready: boolean[];
  readonly #usable: Lane[] = [];

  constructor(name: string, levels: number) {
    this.name = name;
    this.levels = Array.from({ length: levels }, (_, level) => new PoolLevel(level));
    this.order = new LevelOrder(this.levels, this.deployments);
    this.#ready = this.levels.map(() => false);
  }

  enqueue(nowUs: number, request: ScheduledRequest, rules: SchedulingRules): void {
    const level = this.levels[request.level];
    const place = request.lane.levels[request.level];
    if (level === undefined || place === undefined) return;
    if (level.queued === 0) this.order.began(request.level);
    level.add(nowUs, request, place);
    this.queued += 1;
    request.lane.queued += 1;
    this.wakeUs = Math.min(this.wakeUs, request.lane.readyFromUs(nowUs, rules));
  }

  remove(request: ScheduledRequest): void {
    const level = this.levels[request.level];
    if (level === undefined) return;
    level.remove(request);
    this.queued -= 1;
    request.lane.queued -= 1;
    if (level.queued === 0) this.order.emptied(request.level);
  }

  /** Forgets a lane in which nothing waits, and with it the empty queues of its tenants. */
  forget(lane: Lane): void {
    this.lanes.splice(this.lanes.indexOf(lane), 1);
    for (const { level, accounts } of this.levels) {
      for (const { queues } of accounts.values()) {
        const index = queues.findIndex(({ place }) => place === lane.levels[level]);
        if (index >= 0) queues.splice(index, 1);
      }
    }
  }

  /** How many wait in this level and better ones. */
  queuedUpTo(level: number): number {
    let queued = 0;
    for (let better = 0; better <= level; better += 1) queued += this.levels[better]?.queued ?? 0;
    return queued;
  }

  /** Whose turn it is among those that can start now; undefined when nobody can, and then `wakeUs` says when to look again. */
  next(
    nowUs: number,
    rules: SchedulingRules,
  ): { readonly request: ScheduledRequest; readonly byFloor: boolean } | undefined {
    this.#lookForUsableLanes(nowUs, rules);
    if (this.#usable.length === 0) {
      this.due = false;
      this.#setWake(nowUs, rules);
      return undefined;
    }
    const aged = this.#oldest();
    if (aged !== undefined && nowUs - aged.queuedUs > rules.maxAgeUs) return { request: aged, byFloor: false };
    if (rules.policy === "strict" && rules.ageingStepUs !== undefined) {
      const request = this.#mostAged(rules.ageingStepUs);
      return request === undefined ? undefined : { request, byFloor: false };
    }
    const ready = this.#readyLevels();
    const level = this.order.next(ready, rules);
    const request = this.#turn(level)?.line.first;
    const byFloor = rules.policy === "hybrid" && level !== ready.indexOf(true);
    return request === undefined ? undefined : { request, byFloor };
  }

  #lookForUsableLanes(nowUs: number, rules: SchedulingRules): void {
    this.#usable.length = 0;
    for (const lane of this.lanes) if (lane.queued > 0 && lane.choose(nowUs, rules) >= 0) this.#usable.push(lane);
  }

  #setWake(nowUs: number, rules: SchedulingRules): void {
    this.wakeUs = Number.MAX_SAFE_INTEGER;
    for (const lane of this.lanes) {
      if (lane.queued > 0) this.wakeUs = Math.min(this.wakeUs, lane.readyFromUs(nowUs, rules));
    }
  }

  #readyLevels(): readonly boolean[] {
    const ready = this.#ready;
    for (let level = 0; level < ready.length; level += 1) {
      ready[level] = this.#usable.some((lane) => (lane.levels[level]?.line.size ?? 0) > 0);
    }
    return ready;
  }

  /** The tenant of this level whose turn it is in any usable lane. */
  #turn(level: number): TenantQueue | undefined {
    let turn: TenantQueue | undefined;
    for (const lane of this.#usable) {
      const queue = lane.levels[level]?.tenants.peek();
      if (queue !== undefined && (turn === undefined || isServedBefore(queue, turn))) turn = queue;
    }
    return turn;
  }

  #oldest(): ScheduledRequest | undefined {
    return this.#first((request) => request.queuedUs);
  }

  #mostAged(stepUs: number): ScheduledRequest | undefined {
    return this.#first((request) => request.queuedUs + request.level * stepUs);
  }

  /** Of the oldest of each level in usable lanes the one with the least key; ties by coming. */
  #first(keyOf: (request: ScheduledRequest) => number): ScheduledRequest | undefined {
    let first: ScheduledRequest | undefined;
    let least = Number.MAX_SAFE_INTEGER;
    for (const lane of this.#usable) {
      for (const { line } of lane.levels) {
        const request = line.first;
        if (request === undefined) continue;
        const key = keyOf(request);
        if (key > least || (key === least && first !== undefined && first.ticket < request.ticket)) continue;
        least = key;
        first = request;
      }
    }
    return first;
  }
}
