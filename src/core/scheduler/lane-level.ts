import { IndexedHeap } from "#core/scheduler/indexed-heap.ts";
import { Line, LineNode } from "#core/scheduler/line.ts";
import type { ScheduledRequest } from "#core/scheduler/scheduled-request.ts";
import { isServedBefore, type TenantQueue } from "#core/scheduler/tenant-account.ts";

/** What waits in one level of one lane. */
export class LaneLevel {
  readonly level: number;
  /** Tenants with work here, whose turn it is first. */
  readonly tenants = new IndexedHeap<TenantQueue>(isServedBefore);
  /** All of them by coming into the queue. */
  readonly line = new Line<ScheduledRequest>();
  tokens = 0;

  constructor(level: number) {
    this.level = level;
  }

  add(request: ScheduledRequest, queue: TenantQueue): void {
    request.queue = queue;
    request.inTenant = new LineNode<ScheduledRequest>(request, request.arrivedUs);
    request.inLevel = new LineNode<ScheduledRequest>(request, request.queuedUs);
    queue.line.join(request.inTenant);
    if (queue.heapIndex < 0) this.tenants.push(queue);
    else this.tenants.update(queue);
    this.line.join(request.inLevel);
    this.tokens += request.charge;
  }

  remove(request: ScheduledRequest, queue: TenantQueue): void {
    request.queue = undefined;
    if (request.inTenant !== undefined) queue.line.leave(request.inTenant);
    if (request.inLevel !== undefined) this.line.leave(request.inLevel);
    if (queue.line.size === 0) this.tenants.remove(queue);
    else this.tenants.update(queue);
    this.tokens -= request.charge;
  }
}
