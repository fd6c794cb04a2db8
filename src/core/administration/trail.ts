import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { Caller } from "#core/api/operation.ts";
import type { Actor, AuditRecord } from "#core/audit/audit-record.ts";
import type { Trail } from "#core/audit/trail.ts";
import type { LifecycleEvent, LifecycleEventType } from "#core/hooks/lifecycle-event.ts";

/** What a handler says of a change that it makes. */
export interface ChangeNote {
  /** Name of the operation. */
  readonly action: string;
  readonly target: AuditRecord["target"];
  /** Ids, names of fields and settled values; no e-mail, no person's name, no secret. */
  readonly details?: AuditRecord["details"];
  /** What hooks are told. */
  readonly event?: Pick<LifecycleEvent, "tenantId" | "userId" | "metadata"> & { readonly type: LifecycleEventType };
}

/** The trail of a change by `caller`, made now. */
export function trailOf(
  parts: Pick<HandlerParts, "clock" | "ids" | "toldEvents">,
  caller: Caller,
  { event, ...note }: ChangeNote,
): Trail {
  const { ids, toldEvents } = parts;
  const audit = recordOf(parts, caller, "done", note);
  if (event === undefined || !toldEvents.has(event.type)) return { audit, events: [] };
  const { actor, atMs } = audit;
  const actorId = actor.keyId ?? actor.userId ?? actor.kind;
  return { audit, events: [{ ...event, id: ids.event(), atMs, actorId }] };
}

/** What the audit says of something that `caller` asked for, made now. */
export function recordOf(
  { clock }: Pick<HandlerParts, "clock">,
  caller: Caller,
  outcome: AuditRecord["outcome"],
  { action, target, details = {} }: Omit<ChangeNote, "event">,
): AuditRecord {
  return {
    atMs: clock.now(),
    actor: actorOf(caller),
    action,
    outcome,
    target,
    details,
    ...(caller.requestId === undefined ? {} : { requestId: caller.requestId }),
  };
}

/** Who stands in the audit for a caller. */
function actorOf({ principal }: Pick<Caller, "principal">): Actor {
  const { kind, userId, keyId } = principal;
  return { kind, ...(userId === undefined ? {} : { userId }), ...(keyId === undefined ? {} : { keyId }) };
}
