import type { AuditRecord, AuditRow } from "#core/audit/audit-record.ts";

/** Which part of the audit is asked for. */
export interface AuditQuery {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly action?: string;
  /** Id of a user or key that acted. */
  readonly actor?: string;
  /** Id of what was changed. */
  readonly target?: string;
  /** Only rows before this one. */
  readonly beforeSeq?: number;
  readonly limit: number;
}

/** What was done by administrators: rows are only ever added, in a chain of hashes. */
export interface AuditStore {
  /** For what leaves no other trace, such as a refusal or a login; changes write their record with themselves. */
  appendAudit(record: AuditRecord): Promise<void>;
  /** Newest first. */
  listAudit(query: AuditQuery): Promise<readonly AuditRow[]>;
}
