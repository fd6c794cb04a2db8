/** A table that moves between gateways. Its columns have the same names in every engine. */
export interface ArchiveTable {
  readonly name: string;
  /** Columns that say which record it is. */
  readonly key: readonly string[];
  /** Columns by which people know it: another record with the same values is the same thing under another id. */
  readonly natural?: readonly string[];
  /** Columns by which other records refer to it; `id` unless said. */
  readonly names?: readonly string[];
  /** Columns that hold what another record is named by, of whatever table. */
  readonly refers?: readonly string[];
  /** Columns that move on while a gateway runs, or say when a record came: taken with a new one, never compared, never replaced. */
  readonly moving?: readonly string[];
  /** Column that says when a record ended: what ended here is not brought back, whatever is to be overwritten. */
  readonly end?: string;
  /** What refers to its records is a part of them: where they stay as they are here, it does too. */
  readonly whole?: true;
  /** Columns of the running process alone: they travel as zero. */
  readonly held?: readonly string[];
  /** Its records build on each other and never change: after one that clashes none is taken, whatever is to be overwritten. */
  readonly fixed?: true;
}

/** People, keys and what is settled for them, in an order in which what they refer to is there already. */
export const nounTables: readonly ArchiveTable[] = [
  {
    name: "user",
    key: ["id"],
    natural: ["email_key"],
    names: ["id", "tenant_id"],
    moving: ["created_at"],
    end: "erased_at",
  },
  { name: "team", key: ["id"], natural: ["name_key"], moving: ["created_at"] },
  {
    name: "membership",
    key: ["team_id", "user_id"],
    names: [],
    refers: ["team_id", "user_id"],
    moving: ["added_at"],
  },
  {
    name: "api_key",
    key: ["id"],
    natural: ["token_hash"],
    names: ["id", "token_hash"],
    refers: ["user_id", "tenant_id", "team_id", "parent_id"],
    moving: ["created_at", "last_used_at"],
    end: "revoked_at",
    whole: true,
  },
  { name: "key_label", key: ["label", "key_id"], names: [], refers: ["key_id"] },
  { name: "key_token", key: ["token_hash"], names: [], refers: ["key_id"] },
  {
    name: "token_metadata",
    key: ["token_hash"],
    names: [],
    refers: ["token_hash"],
    moving: ["current_usage", "reset_at", "month_usage", "month_reset_at", "created_at", "updated_at"],
  },
  {
    name: "budget",
    key: ["id"],
    natural: ["scope", "scope_id", "window"],
    refers: ["scope_id"],
    moving: ["created_at"],
  },
  {
    name: "budget_period",
    key: ["budget_id", "start_at"],
    names: [],
    refers: ["budget_id"],
    moving: ["mode", "limit_nanos", "spent_nanos", "reserved_nanos", "overrun_nanos"],
    held: ["reserved_nanos"],
  },
  { name: "price_version", key: ["number"], names: [], fixed: true },
];

/** The books: chains of rows that nobody ever changes. Those of another gateway stay closed chains of their own. */
export const bookTables: readonly ArchiveTable[] = [
  { name: "usage_event", key: ["seq"] },
  { name: "transfer", key: ["seq"] },
  { name: "audit", key: ["seq"] },
  { name: "chain_base", key: ["stream", "seq"] },
  { name: "anchor", key: ["stream", "seq"] },
];

/** Books that came from others before. */
export const importedTable: ArchiveTable = { name: "imported_row", key: ["node_id", "name", "key"] };

/** What was reported, taken with the rows of the gateway that it was reported to. */
export const reportedTable: ArchiveTable = { name: "reported_event", key: ["request_id"] };

/** Every table of an export. */
export const archiveTables: readonly ArchiveTable[] = [...nounTables, ...bookTables, importedTable, reportedTable];
