import type { AuditRecord } from "#core/audit/audit-record.ts";
import type { LifecycleEvent } from "#core/hooks/lifecycle-event.ts";

/** What a change leaves behind, written in the transaction of the change itself: it happened and is known, or neither. */
export interface Trail {
  readonly audit: AuditRecord;
  /** For hooks; empty where none are configured. */
  readonly events: readonly LifecycleEvent[];
}
