import type { Database, SQLQueryBindings } from "bun:sqlite";
import type { Actor, AuditRecord, AuditRow } from "#core/audit/audit-record.ts";
import type { AuditQuery, AuditStore } from "#core/audit/audit-store.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { TrailTables } from "#integrations/stores/sqlite/trail.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

/** A row of `audit`. */
export interface AuditTableRecord {
  readonly seq: number;
  readonly at: number;
  readonly actor_kind: Actor["kind"];
  readonly actor_user_id: string | null;
  readonly actor_key_id: string | null;
  readonly action: string;
  readonly outcome: AuditRecord["outcome"];
  readonly target_kind: string;
  readonly target_id: string;
  readonly details: string;
  readonly request_id: string | null;
  readonly prev_hash: Uint8Array;
  readonly hash: Uint8Array;
}

/** What each condition of a question adds to it. */
const conditions: { readonly [Name in Exclude<keyof AuditQuery, "limit">]-?: string } = {
  fromMs: "at >= $fromMs",
  toMs: "at < $toMs",
  action: "action = $action",
  actor: "(actor_user_id = $actor OR actor_key_id = $actor)",
  target: "target_id = $target",
  beforeSeq: "seq < $beforeSeq",
};

/** The calls of the audit. */
export function auditCalls(database: Database, commits: Commits): AtOnce<AuditStore> {
  const trails = new TrailTables(database);
  return {
    appendAudit: commits.durable((record: AuditRecord) => trails.append(record)),
    listAudit(query) {
      const given = Object.entries(conditions).filter(([name]) => query[name as keyof AuditQuery] !== undefined);
      const where = given.length === 0 ? "" : `WHERE ${given.map(([, condition]) => condition).join(" AND ")}`;
      const bindings = Object.fromEntries(
        [...given.map(([name]) => name), "limit"].map((name) => [`$${name}`, query[name as keyof AuditQuery] ?? null]),
      );
      return database
        .query<AuditTableRecord, SQLQueryBindings>(`SELECT * FROM audit ${where} ORDER BY seq DESC LIMIT $limit`)
        .all(bindings)
        .map(toAuditRow);
    },
  };
}

/** The row in a record. */
export function toAuditRow(record: AuditTableRecord): AuditRow {
  const { actor_user_id: userId, actor_key_id: keyId, request_id: requestId } = record;
  return {
    seq: record.seq,
    atMs: record.at,
    actor: { kind: record.actor_kind, ...(userId !== null && { userId }), ...(keyId !== null && { keyId }) },
    action: record.action,
    outcome: record.outcome,
    target: { kind: record.target_kind, id: record.target_id },
    details: JSON.parse(record.details) as AuditRecord["details"],
    ...(requestId !== null && { requestId }),
    prevHash: record.prev_hash,
    hash: record.hash,
  };
}
