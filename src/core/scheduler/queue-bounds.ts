import type { Pool } from "#core/scheduler/pool.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
import type { ScheduledRequest } from "#core/scheduler/scheduled-request.ts";

/** What waits of one tenant, in all pools. */
interface TenantQueued {
  queued: number;
  readonly at: number[];
}

/** How much waits in the whole scheduler, and whether there is room for one more. */
export class QueueBounds {
  queued = 0;
  bytes = 0;
  readonly #queuedAt: number[];
  readonly #bytesAt: number[];
  readonly #ofTenant = new Map<string, TenantQueued>();

  constructor(levels: number) {
    this.#queuedAt = new Array<number>(levels).fill(0);
    this.#bytesAt = new Array<number>(levels).fill(0);
  }

  add(request: ScheduledRequest): void {
    this.#count(request, 1);
  }

  remove(request: ScheduledRequest): void {
    this.#count(request, -1);
  }

  /** Whether it may wait as things are. */
  fits(offer: ScheduledRequest, rules: SchedulingRules): boolean {
    return (
      this.queued < rules.maxQueued &&
      this.bytes + offer.bytes <= rules.maxQueuedBytes &&
      this.#isWithinShare(offer.tenant, rules)
    );
  }

  /** Whether it may wait, if need be after those of worse levels have gone: its tenant's own where that has its share. */
  canFit({ tenant, level, bytes }: ScheduledRequest, rules: SchedulingRules): boolean {
    const own = this.#ofTenant.get(tenant);
    let [queuedStill, bytesStill, ownStill] = [0, 0, 0];
    for (let better = 0; better <= level; better += 1) {
      queuedStill += this.#queuedAt[better] ?? 0;
      bytesStill += this.#bytesAt[better] ?? 0;
      ownStill += own?.at[better] ?? 0;
    }
    return queuedStill < rules.maxQueued && bytesStill + bytes <= rules.maxQueuedBytes && ownStill < shareOf(rules);
  }

  /**
   * Who goes for one more urgent: of a tenant that has its share the newest of its own worst level, else, of the worst level of all in
   * its fullest pool, the newest of the tenant with most service.
   */
  victim(pools: readonly Pool[], { tenant }: ScheduledRequest, rules: SchedulingRules): ScheduledRequest | undefined {
    if (!this.#isWithinShare(tenant, rules)) {
      const worst = this.#ofTenant.get(tenant)?.at.findLastIndex((queued) => queued > 0) ?? -1;
      return newestOf(tenant, worst, pools);
    }
    const worst = this.#queuedAt.findLastIndex((queued) => queued > 0);
    let fullest: Pool | undefined;
    for (const pool of pools) {
      if ((pool.levels[worst]?.queued ?? 0) > (fullest?.levels[worst]?.queued ?? 0)) fullest = pool;
    }
    const mostServed = fullest?.levels[worst]?.mostServed.peek()?.tenant;
    return mostServed === undefined ? undefined : newestOf(mostServed, worst, pools);
  }

  #isWithinShare(tenant: string, rules: SchedulingRules): boolean {
    return (this.#ofTenant.get(tenant)?.queued ?? 0) < shareOf(rules);
  }

  #count({ level, bytes, tenant }: ScheduledRequest, by: 1 | -1): void {
    this.queued += by;
    this.bytes += by * bytes;
    this.#queuedAt[level] = (this.#queuedAt[level] ?? 0) + by;
    this.#bytesAt[level] = (this.#bytesAt[level] ?? 0) + by * bytes;
    const own = this.#ofTenant.get(tenant) ?? { queued: 0, at: this.#queuedAt.map(() => 0) };
    own.queued += by;
    own.at[level] = (own.at[level] ?? 0) + by;
    if (own.queued === 0) this.#ofTenant.delete(tenant);
    else this.#ofTenant.set(tenant, own);
  }
}

/** Most that one tenant may have in the queue. */
function shareOf({ maxQueued, tenantSharePermille }: SchedulingRules): number {
  return Math.max(1, Math.floor((maxQueued * tenantSharePermille) / 1000));
}

function newestOf(tenant: string, level: number, pools: readonly Pool[]): ScheduledRequest | undefined {
  let newest: ScheduledRequest | undefined;
  for (const pool of pools) {
    const request = pool.levels[level]?.accounts.get(tenant)?.newest;
    if (request !== undefined && (newest === undefined || request.ticket > newest.ticket)) newest = request;
  }
  return newest;
}
