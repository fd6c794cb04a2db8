import type { EventId } from "#core/effects/ids.ts";
import type { LifecycleEventType } from "#core/hooks/lifecycle-event.ts";

/** An event on its way to a receiver. */
export interface Delivery {
  readonly id: EventId;
  readonly type: LifecycleEventType;
  /** `eventDocument`. */
  readonly body: string;
}

/** Somebody outside who is told of events: a script or a webhook. */
export interface HookReceiver {
  /** What log and metrics call it. */
  readonly name: string;
  /** Resolves when the receiver has taken the event. Rejects with a `GatewayError` otherwise, and when `signal` aborts. */
  tell(delivery: Delivery, signal: AbortSignal): Promise<void>;
}
