import type { HandlerParts } from "#core/administration/handler-parts.ts";
import { recordOf } from "#core/administration/trail.ts";
import type { Caller } from "#core/api/operation.ts";
import type { AuditRecord } from "#core/audit/audit-record.ts";

type Parts = Pick<HandlerParts, "audit" | "clock">;

/** What an id begins with, and what it is the id of. */
const kinds: Readonly<Record<string, string>> = { usr: "user", team: "team", key: "key", bud: "budget" };
const idForm = /^(usr|team|key|bud)_[0-9a-f-]{36}$/;

/**
 * Writes down that `caller` was refused an operation, with the ids that it asked it of. `named` are the parameters of the
 * path: those that are no ids are e-mails and names, which the audit does not hold.
 */
export async function auditRefusal(
  parts: Parts,
  caller: Caller,
  operationName: string,
  named: Readonly<Record<string, string>>,
): Promise<void> {
  const { id, ...others } = Object.fromEntries(Object.entries(named).filter(([, text]) => idForm.test(text)));
  const target = (id === undefined ? undefined : targetOf(id)) ?? { kind: "operation", id: operationName };
  const note = { action: operationName, target, details: others };
  await parts.audit.appendAudit(recordOf(parts, caller, "refused", note));
}

/** Writes down that so many keys were tried in vain from an address that it was told to stop. Whoever tries is nobody yet. */
export async function auditTriedKeys({ audit, clock }: Parts, address: string, requestId: string): Promise<void> {
  await audit.appendAudit({
    atMs: clock.now(),
    actor: { kind: "system" },
    action: "tryKeys",
    outcome: "refused",
    target: { kind: "address", id: address },
    details: {},
    requestId,
  });
}

function targetOf(id: string): AuditRecord["target"] | undefined {
  const kind = kinds[id.slice(0, id.indexOf("_"))];
  return kind === undefined ? undefined : { kind, id };
}
