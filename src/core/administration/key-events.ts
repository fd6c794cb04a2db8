import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { Caller } from "#core/api/operation.ts";
import { trailOf } from "#core/administration/trail.ts";
import type { LifecycleEvent, LifecycleEventType } from "#core/hooks/lifecycle-event.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { KeyQuery } from "#core/identity/identity-store.ts";

const pageSize = 1_000;

/** What hooks are told of a key. */
export function keyEvent<Type extends LifecycleEventType>(
  type: Type,
  { id, tenantId, teamId, userId, name }: ApiKey,
): Pick<LifecycleEvent, "tenantId" | "userId" | "metadata"> & { readonly type: Type } {
  return { type, tenantId, userId, metadata: { key_id: id, team_id: teamId ?? null, name } };
}

/** That all keys which meet the conditions, and work, are about to end with something else. */
export async function keyEvents(
  parts: Pick<HandlerParts, "identity" | "ids" | "clock" | "toldEvents">,
  caller: Caller,
  query: Omit<KeyQuery, "limit" | "after">,
): Promise<readonly LifecycleEvent[]> {
  const type = "gateway.api_key.revoked";
  if (!parts.toldEvents.has(type)) return [];
  const events: LifecycleEvent[] = [];
  let page: readonly ApiKey[] = [];
  do {
    const after = page.at(-1)?.id;
    page = await parts.identity.listKeys({ ...query, limit: pageSize, ...(after !== undefined && { after }) });
    for (const key of page) {
      if (key.revokedAtMs !== undefined) continue;
      const target = { kind: "key", id: key.id };
      events.push(...trailOf(parts, caller, { action: "revokeKey", target, event: keyEvent(type, key) }).events);
    }
  } while (page.length === pageSize);
  return events;
}
