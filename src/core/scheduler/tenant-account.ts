import type { HeapItem } from "#core/scheduler/indexed-heap.ts";
import type { LaneLevel } from "#core/scheduler/lane-level.ts";
import { Line } from "#core/scheduler/line.ts";
import type { ScheduledRequest } from "#core/scheduler/scheduled-request.ts";
import { foreseenFromUs, ServedWindow } from "#core/scheduler/served-window.ts";
import { StandingQueue } from "#core/scheduler/standing-queue.ts";

/** A tenant in one level of a pool: the service it has had, and where it waits. */
export class TenantAccount implements HeapItem {
  /** Place among those of its level that wait. */
  heapIndex = -1;
  readonly tenant: string;
  weight = 1;
  /** Service received divided by weight: the virtual token counter of VTC (Sheng et al., OSDI 2024). */
  counter = 0;
  queued = 0;
  queuedTokens = 0;
  inFlight = 0;
  /** What was dispatched for it lately. */
  readonly served = new ServedWindow(1, foreseenFromUs);
  readonly standing = new StandingQueue();
  readonly queues: TenantQueue[] = [];

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  /** Whether it has something waiting or running. */
  get isPresent(): boolean {
    return this.queued > 0 || this.inFlight > 0;
  }

  /** Its queue in this lane, made when first asked for. */
  queueAt(place: LaneLevel): TenantQueue {
    for (const queue of this.queues) if (queue.place === place) return queue;
    const queue = new TenantQueue(this, place);
    this.queues.push(queue);
    return queue;
  }

  /** The one that came last of all that wait; undefined when none does. */
  get newest(): ScheduledRequest | undefined {
    let newest: ScheduledRequest | undefined;
    for (const { line } of this.queues) {
      const last = line.last;
      if (last !== undefined && (newest === undefined || last.ticket > newest.ticket)) newest = last;
    }
    return newest;
  }
}

/** The requests of a tenant that wait in one level of one lane, by first arrival. */
export class TenantQueue implements HeapItem {
  /** Place among the tenants of its lane and level. */
  heapIndex = -1;
  readonly account: TenantAccount;
  readonly place: LaneLevel;
  readonly line = new Line<ScheduledRequest>();

  constructor(account: TenantAccount, place: LaneLevel) {
    this.account = account;
    this.place = place;
  }
}

/** Whose turn comes first: who has had less service by weight, then whose request came earlier. */
export function isServedBefore(one: TenantQueue, other: TenantQueue): boolean {
  if (one.account.counter !== other.account.counter) return one.account.counter < other.account.counter;
  const [mine, theirs] = [one.line.first, other.line.first];
  if (mine === undefined || theirs === undefined) return theirs === undefined;
  if (mine.arrivedUs !== theirs.arrivedUs) return mine.arrivedUs < theirs.arrivedUs;
  return mine.ticket < theirs.ticket;
}
