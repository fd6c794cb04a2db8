import type { auditOperations, AuditView } from "#core/api/audit.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { HandlersOf } from "#core/api/operation.ts";
import { pageFrom, seqOfCursor } from "#core/api/paging.ts";
import { timeOf, timeText } from "#core/api/time-text.ts";
import type { AuditRow } from "#core/audit/audit-record.ts";

/** Carries out `/api/v1/audit`. The cursor is the number of the last row. */
export function auditHandlers({ audit }: Pick<HandlerParts, "audit">): HandlersOf<typeof auditOperations> {
  return {
    async listAudit({ limit, cursor, from, to, action, actor, target }) {
      const rows = await audit.listAudit({
        limit: limit + 1,
        ...(cursor !== undefined && { beforeSeq: seqOfCursor(cursor) }),
        ...(from !== undefined && { fromMs: timeOf(from) }),
        ...(to !== undefined && { toMs: timeOf(to) }),
        ...(action !== undefined && { action }),
        ...(actor !== undefined && { actor }),
        ...(target !== undefined && { target }),
      });
      return pageFrom(rows, limit, { view: auditView, cursor: ({ seq }) => String(seq) });
    },
  };
}

function auditView({ seq, atMs, actor, action, outcome, target, details, requestId }: AuditRow): AuditView {
  return {
    seq,
    at: timeText(atMs),
    actor_kind: actor.kind,
    actor_user_id: actor.userId ?? null,
    actor_key_id: actor.keyId ?? null,
    action,
    outcome,
    target_kind: target.kind,
    target_id: target.id,
    details: { ...details },
    request_id: requestId ?? null,
  };
}
