import { IndexedHeap } from "#core/scheduler/indexed-heap.ts";
import type { LaneLevel } from "#core/scheduler/lane-level.ts";
import { RetryAfter } from "#core/scheduler/retry-after.ts";
import type { ScheduledRequest } from "#core/scheduler/scheduled-request.ts";
import { TenantAccount } from "#core/scheduler/tenant-account.ts";

/** Counters start anew, all alike, before they could leave the whole numbers. */
const highestCounter = 2 ** 52;
/** Tenants whose service is remembered while they have nothing here. */
const mostIdle = 10_000;

/** One level of a pool: its tenants and the service each has had (VTC), what waits, and how that goes. */
export class PoolLevel {
  readonly level: number;
  readonly retryAfter = new RetryAfter();
  /** Tenants that wait, who has had most service first. */
  readonly mostServed = new IndexedHeap<TenantAccount>((one, other) => one.counter > other.counter);
  readonly accounts = new Map<string, TenantAccount>();
  queued = 0;
  queuedBytes = 0;
  queuedTokens = 0;
  /** Weights of the tenants that wait, together. */
  activeWeight = 0;
  /** Weights of the tenants that wait or have something running, together. */
  presentWeight = 0;
  /** Largest charge seen since the queue was last empty. */
  largestCharge = 0;
  /** Counter of the tenant dispatched last, before its charge: where newcomers begin. */
  #virtualNow = 0;

  constructor(level: number) {
    this.level = level;
  }

  add(nowUs: number, request: ScheduledRequest, place: LaneLevel): void {
    const account = this.#present(request.tenant, request.weight, place);
    if (account.queued === 0) {
      account.standing.began(nowUs);
      this.mostServed.push(account);
      this.activeWeight += account.weight;
    }
    account.queued += 1;
    account.queuedTokens += request.charge;
    this.queued += 1;
    this.queuedBytes += request.bytes;
    this.queuedTokens += request.charge;
    this.largestCharge = Math.max(this.largestCharge, request.charge);
    place.add(request, account.queueAt(place));
  }

  remove(request: ScheduledRequest): void {
    const { queue } = request;
    if (queue === undefined) return;
    const { account } = queue;
    queue.place.remove(request, queue);
    account.queued -= 1;
    account.queuedTokens -= request.charge;
    this.queued -= 1;
    this.queuedBytes -= request.bytes;
    this.queuedTokens -= request.charge;
    if (account.queued === 0) {
      this.activeWeight -= account.weight;
      this.mostServed.remove(account);
      account.standing.emptied();
      this.#leaveUnlessPresent(account);
    }
    if (this.queued > 0) return;
    this.largestCharge = 0;
  }

  /** A request begins to run, after it has left the queue or without having waited. Whoever comes later starts no further back. */
  started({ queue, tenant, weight }: ScheduledRequest, place: LaneLevel): TenantAccount {
    const account = queue?.account ?? this.#present(tenant, weight, place);
    account.inFlight += 1;
    this.#virtualNow = Math.max(this.#virtualNow, account.counter);
    return account;
  }

  /** A request runs no more. */
  ended(account: TenantAccount): void {
    account.inFlight -= 1;
    this.#leaveUnlessPresent(account);
  }

  /** Adds service to an account, or takes it back where negative. */
  charge(account: TenantAccount, service: number): void {
    account.counter = Math.max(0, account.counter + service);
    if (account.counter > highestCounter) this.#beginAnew();
    for (const queue of account.queues) if (queue.heapIndex >= 0) queue.place.tenants.update(queue);
    if (account.heapIndex >= 0) this.mostServed.update(account);
  }

  /** By how much more service than newcomers to this lane the tenant begins with. */
  leadOf(tenant: string, place: LaneLevel): number {
    const account = this.accounts.get(tenant);
    return account === undefined ? 0 : Math.max(0, account.counter - this.#beginning(place));
  }

  /** The account of a tenant that has something here from now on, with this weight. */
  #present(tenant: string, weight: number, place: LaneLevel): TenantAccount {
    const account = this.accounts.get(tenant) ?? this.#newAccount(tenant);
    const change = weight - account.weight;
    account.weight = weight;
    if (account.queued > 0) this.activeWeight += change;
    // No credit for having been away: where the one served last began, or who waits longest for the same.
    else account.counter = Math.max(account.counter, this.#beginning(place));
    this.presentWeight += account.isPresent ? change : weight;
    return account;
  }

  /** The virtual time of start-time fair queueing (Goyal et al., 1996). A lane that was held up is behind it. */
  #beginning(place: LaneLevel): number {
    return Math.min(this.#virtualNow, place.tenants.peek()?.account.counter ?? this.#virtualNow);
  }

  #leaveUnlessPresent(account: TenantAccount): void {
    if (!account.isPresent) this.presentWeight -= account.weight;
  }

  #newAccount(tenant: string): TenantAccount {
    this.#forgetSome();
    const account = new TenantAccount(tenant);
    this.accounts.set(tenant, account);
    return account;
  }

  /** Two old accounts are looked at for each new one, so those whose service is history go, without a sweep over all. */
  #forgetSome(): void {
    let looked = 0;
    const forgetsIdle = this.accounts.size >= mostIdle;
    for (const [tenant, account] of this.accounts) {
      this.accounts.delete(tenant);
      const matters = account.isPresent || (account.counter > this.#virtualNow && !forgetsIdle);
      if (matters) this.accounts.set(tenant, account);
      looked += 1;
      if (looked === 2) return;
    }
  }

  /** Takes the same from every counter; the order of those that wait stays. */
  #beginAnew(): void {
    let least = this.#virtualNow;
    for (const account of this.accounts.values()) if (account.queued > 0) least = Math.min(least, account.counter);
    for (const account of this.accounts.values()) {
      account.counter = Math.min(highestCounter, Math.max(0, account.counter - least));
    }
    this.#virtualNow -= least;
  }
}
