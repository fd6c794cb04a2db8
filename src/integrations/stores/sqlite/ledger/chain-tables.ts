import type { Stream } from "#core/evidence/stream.ts";
import { firstLayoutFields } from "#core/ledger/row-encoder.ts";
import { columns as usageColumns } from "#integrations/stores/sqlite/ledger/ledger-columns.ts";

/** A chain as it lies in the database. */
export interface ChainTable {
  readonly table: string;
  /** Columns that the hash covers, in the order in which it covers them. */
  readonly hashed: readonly string[];
  /** How many of them are hashed even where the last ones are absent. */
  readonly always: number;
}

const transferColumns = [
  "node_id",
  "seq",
  "at",
  "debit_kind",
  "debit_owner",
  "credit_kind",
  "credit_owner",
  "amount_nanos",
  "kind",
  "ref",
  "price_version",
];

const auditColumns = [
  "seq",
  "at",
  "actor_kind",
  "actor_user_id",
  "actor_key_id",
  "action",
  "outcome",
  "target_kind",
  "target_id",
  "details",
  "request_id",
];

const isHashed = (column: string): boolean => column !== "prev_hash" && column !== "hash";

/** Every chain: the tables' columns and the layouts of their hashes are the same, so that rows are checked as they are read. */
export const chainTables: Readonly<Record<Stream, ChainTable>> = {
  usage: { table: "usage_event", hashed: usageColumns.filter(isHashed), always: firstLayoutFields },
  transfer: { table: "transfer", hashed: transferColumns, always: transferColumns.length },
  audit: { table: "audit", hashed: auditColumns, always: auditColumns.length },
};

/** Reads money as a number where that is exact, else as text. */
export function exactNanos(column: string): string {
  const exact = `${column} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
  return `CASE WHEN ${column} IS NULL OR ${exact} THEN ${column} ELSE CAST(${column} AS TEXT) END`;
}
