import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { Caller } from "#core/api/operation.ts";
import type { TeamId, UserId } from "#core/effects/ids.ts";
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

type EventParts = Pick<HandlerParts, "identity" | "ids" | "clock" | "toldEvents">;
type Query = Omit<KeyQuery, "limit" | "after">;

/** That all keys which meet the conditions, and work, are about to end with something else. */
export async function keyEvents(parts: EventParts, caller: Caller, query: Query): Promise<readonly LifecycleEvent[]> {
  if (!parts.toldEvents.has(endedType)) return [];
  return endings(parts, caller, await keysOf(parts, query));
}

/** The same of all keys of a user, or of those in a team, and of the keys that the user's keys have made there. */
export async function keyEventsOf(
  parts: EventParts,
  caller: Caller,
  { userId, teamId }: { readonly userId: UserId; readonly teamId?: TeamId },
): Promise<readonly LifecycleEvent[]> {
  if (!parts.toldEvents.has(endedType)) return [];
  const home = teamId === undefined ? {} : { teamId };
  const own = await keysOf(parts, { userId });
  const ended = own.filter((key) => teamId === undefined || key.teamId === teamId);
  for (const maker of own) {
    if (maker.scopes.includes("keys:write")) ended.push(...(await keysOf(parts, { parentId: maker.id, ...home })));
  }
  return endings(parts, caller, [...new Map(ended.map((key) => [key.id, key])).values()]);
}

const endedType = "gateway.api_key.revoked";

async function keysOf({ identity }: EventParts, query: Query): Promise<ApiKey[]> {
  const keys: ApiKey[] = [];
  let page: readonly ApiKey[] = [];
  do {
    const after = page.at(-1)?.id;
    page = await identity.listKeys({ ...query, limit: pageSize, ...(after !== undefined && { after }) });
    keys.push(...page);
  } while (page.length === pageSize);
  return keys;
}

function endings(parts: EventParts, caller: Caller, keys: readonly ApiKey[]): readonly LifecycleEvent[] {
  return keys
    .filter(({ revokedAtMs }) => revokedAtMs === undefined)
    .flatMap((key) => {
      const target = { kind: "key", id: key.id };
      return trailOf(parts, caller, { action: "revokeKey", target, event: keyEvent(endedType, key) }).events;
    });
}
