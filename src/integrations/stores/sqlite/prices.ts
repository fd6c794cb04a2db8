import { type Database, SQLiteError } from "bun:sqlite";
import { priceSchema } from "#core/catalog/price-list-schema.ts";
import type { PriceStore } from "#core/catalog/price-store.ts";
import type { PriceVersion, SetPrice } from "#core/catalog/price-version.ts";
import { GatewayError } from "#core/errors.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { corruptError } from "#integrations/stores/sqlite/storage-error.ts";
import { traced, TrailTables } from "#integrations/stores/sqlite/trail.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

interface VersionRecord {
  readonly version: string;
  readonly created_at: number;
  readonly source: PriceVersion["source"];
  readonly prices: string;
}

/** A price as JSON. */
interface SetPriceText {
  readonly model: string;
  readonly provider?: string;
  readonly price: unknown;
}

/** The calls of prices. */
export function priceCalls(database: Database, commits: Commits): AtOnce<PriceStore> {
  const trails = new TrailTables(database);
  return {
    priceVersions: () => readPriceVersions(database),
    addPriceVersion: traced(commits, trails, (version) => insertVersion(database, version)),
  };
}

/** All versions, oldest first. Throws `storage_corrupt` for one that is unreadable. */
export function readPriceVersions(database: Database): readonly PriceVersion[] {
  const all = database.query<VersionRecord, []>(
    "SELECT version, created_at, source, prices FROM price_version ORDER BY number",
  );
  return all.all().map((record) => toVersion(record, database.filename));
}

function insertVersion(database: Database, { version, createdAtMs, source, prices }: PriceVersion): void {
  try {
    database
      .query("INSERT INTO price_version (number, version, created_at, source, prices) VALUES (?, ?, ?, ?, ?)")
      .run(numberOf(version), version, createdAtMs, source, pricesText(prices));
  } catch (cause) {
    if (!(cause instanceof SQLiteError) || cause.code !== "SQLITE_CONSTRAINT_PRIMARYKEY") throw cause;
    throw new GatewayError("conflict", `There is a version ${version} of the prices already.`, { cause });
  }
}

/** The count in `YYYY-MM-DD.N`. */
function numberOf(version: string): number {
  return Number(version.slice(version.indexOf(".") + 1));
}

function pricesText(prices: readonly SetPrice[]): string {
  return JSON.stringify(prices, (_, value) => (typeof value === "bigint" ? value.toString() : value));
}

function toVersion(record: VersionRecord, path: string): PriceVersion {
  const texts: readonly SetPriceText[] = JSON.parse(record.prices);
  const prices = texts.map(({ model, provider, price }): SetPrice => {
    const parsed = priceSchema.nullable().safeParse(price, { jitless: true });
    // Calls billed at another price than the one that was set would be worse than none.
    if (!parsed.success) throw corruptError(path, `the price of ${model} in version ${record.version} is unreadable`);
    return { model, ...(provider !== undefined && { provider }), price: parsed.data };
  });
  return { version: record.version, createdAtMs: record.created_at, source: record.source, prices };
}
