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
  { clock, ids, toldEvents }: Pick<HandlerParts, "clock" | "ids" | "toldEvents">,
  caller: Caller,
  { action, target, details = {}, event }: ChangeNote,
): Trail {
  const atMs = clock.now();
  const actor = actorOf(caller);
  const audit: AuditRecord = {
    atMs,
    actor,
    action,
    outcome: "done",
    target,
    details,
    ...(caller.requestId === undefined ? {} : { requestId: caller.requestId }),
  };
  if (event === undefined || !toldEvents.has(event.type)) return { audit, events: [] };
  const actorId = actor.keyId ?? actor.userId ?? actor.kind;
  return { audit, events: [{ ...event, id: ids.event(), atMs, actorId }] };
}

/** Who stands in the audit for a caller. */
export function actorOf({ principal }: Pick<Caller, "principal">): Actor {
  const { kind, userId, keyId } = principal;
  return { kind, ...(userId === undefined ? {} : { userId }), ...(keyId === undefined ? {} : { keyId }) };
}

/** Writes down that `caller` was refused an operation; `target` is what it asked it of, where that is known. */
export async function auditRefusal(
  { audit, clock }: Pick<HandlerParts, "audit" | "clock">,
  caller: Caller,
  operationName: string,
  { target = { kind: "operation", id: operationName }, details = {} }: Partial<ChangeNote> = {},
): Promise<void> {
  await audit.appendAudit({
    atMs: clock.now(),
    actor: actorOf(caller),
    action: operationName,
    outcome: "refused",
    target,
    details,
    ...(caller.requestId === undefined ? {} : { requestId: caller.requestId }),
  });
}
