import type { Meter } from "#core/effects/meter.ts";
import type { EventBacklog } from "#core/hooks/event-store.ts";

/** How an attempt to tell an event ended. */
export type DeliveryOutcome = "told" | "failed" | "parked";

/** Deliveries and what waits, as metrics. */
export interface HookMeter {
  attempted(outcome: DeliveryOutcome): void;
  backlog(backlog: EventBacklog, nowMs: number): void;
}

/** The metrics of hooks. */
export function createHookMeter(meter: Meter): HookMeter {
  const attempts = meter.counter("tokligence_hook_attempts_total", "Attempts to tell hooks of events.", ["outcome"]);
  const waiting = meter.gauge("tokligence_hook_waiting_events", "Events that hooks have not been told of yet.");
  const parked = meter.gauge("tokligence_hook_parked_events", "Events that were given up.");
  const oldest = meter.gauge("tokligence_hook_oldest_event_seconds", "Age of the oldest event that waits.");
  return {
    attempted: (outcome) => attempts.add(1, outcome),
    backlog(seen, nowMs) {
      waiting.set(seen.waiting);
      parked.set(seen.parked);
      oldest.set(seen.oldestAtMs === undefined ? 0 : Math.max(0, nowMs - seen.oldestAtMs) / 1000);
    },
  };
}
