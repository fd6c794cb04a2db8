import type { Database } from "bun:sqlite";
import type { PriceVersion } from "#core/catalog/price-version.ts";
import type { AccountFacts } from "#core/doctor/account-findings.ts";
import { type Anchor, streams } from "#core/evidence/stream.ts";
import { periodStart } from "#core/budgets/budget.ts";
import { brokenChain } from "#integrations/stores/sqlite/archive/books-check.ts";
import { openUntouched, readOne, refuseDamage } from "#integrations/stores/sqlite/database.ts";
import { chainReaderCalls } from "#integrations/stores/sqlite/ledger/anchors.ts";
import { type BudgetStateRecord, selectStates } from "#integrations/stores/sqlite/ledger/budget-records.ts";
import { chainTables } from "#integrations/stores/sqlite/ledger/chain-tables.ts";
import { schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
import { readPriceVersions } from "#integrations/stores/sqlite/prices.ts";
import { appliedSchema } from "#integrations/stores/sqlite/schema-check.ts";
import { storageError } from "#integrations/stores/sqlite/storage-error.ts";

/** Rows at the end of each chain that are computed again. */
const newestRows = 1_000;

/** The newest signed head of a chain, and whether the row that it speaks of is there as it says. */
export interface InspectedAnchor {
  readonly anchor: Anchor;
  readonly holds: boolean;
}

/** What lies in a database, read without changing anything. */
export interface Inspection {
  /** Steps of the schema that are applied, and that this program knows. */
  readonly schema: number;
  readonly knownSchema: number;
  /** Undefined while the schema is an older one: then it is brought up to date first. */
  readonly books?: {
    /** Where a chain breaks among its newest rows; undefined when it does not. */
    readonly broken: string | undefined;
    readonly anchors: readonly InspectedAnchor[];
    /** When the newest row was written, milliseconds since the epoch. */
    readonly newestRowMs: number | undefined;
    readonly accounts: AccountFacts;
    readonly prices: readonly PriceVersion[];
  };
}

/**
 * Reads a database beside whoever writes it, or while nobody does, and leaves no trace. Undefined when there is none; throws
 * `storage_corrupt` for a damaged file, `config_invalid` for one of a newer program, `storage_failed` otherwise.
 */
export function inspectDatabase(path: string, nowMs: number): Inspection | undefined {
  try {
    using database = openUntouched(path);
    if (database === undefined) return undefined;
    refuseDamage(database, path);
    return inspected(database, nowMs);
  } catch (thrown) {
    throw storageError(thrown, path);
  }
}

function inspected(database: Database, nowMs: number): Inspection {
  const schema = appliedSchema(database);
  if (schema < schemaVersion) return { schema, knownSchema: schemaVersion };
  const newest = readOne<{ at: number | null }>(database, "SELECT max(at) AS at FROM usage_event");
  return {
    schema,
    knownSchema: schemaVersion,
    books: {
      broken: brokenChain(database, newestRows),
      anchors: newestAnchors(database),
      newestRowMs: newest?.at ?? undefined,
      accounts: accountsOf(database, nowMs),
      prices: readPriceVersions(database),
    },
  };
}

function newestAnchors(database: Database): readonly InspectedAnchor[] {
  const books = chainReaderCalls(database);
  return streams.flatMap((stream) => {
    const [anchor] = books.anchors({ stream, limit: 1 });
    if (anchor === undefined) return [];
    const base = books.chainBase(stream);
    const asked = database.query<{ hash: Uint8Array }, [number]>(
      `SELECT hash FROM ${chainTables[stream].table} WHERE seq = ?`,
    );
    const hash = asked.get(anchor.seq)?.hash ?? (base?.seq === anchor.seq ? base.hash : undefined);
    const isArchived = base !== undefined && base.seq > anchor.seq;
    return [{ anchor, holds: isArchived || (hash !== undefined && hash.toHex() === anchor.hash.toHex()) }];
  });
}

function accountsOf(database: Database, nowMs: number): AccountFacts {
  const keys = database.query<{ name: string; is_expired: number; is_idle: number }, [number]>(
    `SELECT k.name, k.expires_at IS NOT NULL AND k.expires_at <= ?1 AS is_expired, u.status <> 'active' AS is_idle
       FROM api_key k JOIN user u ON u.id = k.user_id WHERE k.revoked_at IS NULL ORDER BY k.created_at, k.id`,
  );
  const living = keys.all(nowMs);
  const states = database.query<BudgetStateRecord, (number | null)[]>(selectStates);
  const budgets = states.all(periodStart("day", nowMs), periodStart("month", nowMs), null, null, null, null, null);
  const usedUp = budgets.filter(
    ({ mode, spent, limit_nanos }) => mode === "hard" && BigInt(spent) >= BigInt(limit_nanos),
  );
  return {
    usable: living.filter(({ is_expired, is_idle }) => is_expired === 0 && is_idle === 0).length,
    expired: living.filter(({ is_expired }) => is_expired !== 0).map(({ name }) => name),
    idle: living.filter(({ is_expired, is_idle }) => is_expired === 0 && is_idle !== 0).map(({ name }) => name),
    usedUp: usedUp.map(({ id, scope, scope_name, scope_id, window }) => ({
      scope: scope === "org" ? scope : `${scope} ${scope_name ?? scope_id}`,
      id,
      resets: window,
    })),
  };
}
