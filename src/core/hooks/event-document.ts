import type { LifecycleEvent } from "#core/hooks/lifecycle-event.ts";

/** An event as a script or webhook gets it: one JSON object, times in RFC 3339, the same text at every attempt. */
export function eventDocument({ id, type, atMs, tenantId, userId, actorId, metadata }: LifecycleEvent): string {
  return JSON.stringify({
    id,
    type,
    occurred_at: new Date(atMs).toISOString(),
    tenant_id: tenantId,
    user_id: userId,
    actor_id: actorId,
    metadata,
  });
}
