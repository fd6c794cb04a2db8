import type { EventId } from "#core/effects/ids.ts";
import type { LifecycleEvent } from "#core/hooks/lifecycle-event.ts";

/** An event that waits to be told. */
export interface WaitingEvent {
  readonly seq: number;
  readonly event: LifecycleEvent;
  /** Times that it was tried in vain. */
  readonly attempts: number;
  readonly nextAtMs: number;
}

/** How much waits. */
export interface EventBacklog {
  readonly waiting: number;
  readonly parked: number;
  /** When the oldest that waits happened; undefined when none waits. */
  readonly oldestAtMs: number | undefined;
}

/** Events on their way out, in the order in which they happened. They come in with the change they tell of (`Trail`). */
export interface EventStore {
  /** The oldest that wait and are due, of each user only the first of all that wait: those of one user are told in order. */
  dueEvents(nowMs: number, limit: number): Promise<readonly WaitingEvent[]>;
  eventBacklog(): Promise<EventBacklog>;
  eventTold(id: EventId, atMs: number): Promise<void>;
  /** Not told at `atMs`: again at `nextAtMs`, or parked for good when undefined. */
  eventFailed(id: EventId, failure: EventFailure): Promise<void>;
  /** Forgets at most `limit` events that were told or parked before `beforeMs`; how many it were. */
  sweepEvents(beforeMs: number, limit: number): Promise<number>;
}

/** One attempt in vain. */
export interface EventFailure {
  readonly atMs: number;
  readonly nextAtMs: number | undefined;
  readonly reason: string;
}
