import identity from "./migrations/0001-identity.sql" with { type: "text" };
import ledger from "./migrations/0002-ledger.sql" with { type: "text" };
import tokenMetadata from "./migrations/0003-token-metadata.sql" with { type: "text" };
import teams from "./migrations/0004-teams.sql" with { type: "text" };
import money from "./migrations/0005-money.sql" with { type: "text" };
import audit from "./migrations/0006-audit.sql" with { type: "text" };
import sessions from "./migrations/0007-sessions.sql" with { type: "text" };
import events from "./migrations/0008-events.sql" with { type: "text" };
import prices from "./migrations/0009-prices.sql" with { type: "text" };
import usageTotals from "./migrations/0010-usage-totals.sql" with { type: "text" };
import anchors from "./migrations/0011-anchors.sql" with { type: "text" };
import imported from "./migrations/0012-imported.sql" with { type: "text" };
import cacheWriteLong from "./migrations/0013-cache-write-long.sql" with { type: "text" };
import reported from "./migrations/0014-reported.sql" with { type: "text" };
import idempotentCalls from "./migrations/0015-idempotent-calls.sql" with { type: "text" };

/** One step of the schema. Once released its text never changes; what follows is a new step. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Every step in order, versions from 1 without gaps. */
export const migrations: readonly Migration[] = [
  { version: 1, name: "identity", sql: identity },
  { version: 2, name: "ledger", sql: ledger },
  { version: 3, name: "token-metadata", sql: tokenMetadata },
  { version: 4, name: "teams", sql: teams },
  { version: 5, name: "money", sql: money },
  { version: 6, name: "audit", sql: audit },
  { version: 7, name: "sessions", sql: sessions },
  { version: 8, name: "events", sql: events },
  { version: 9, name: "prices", sql: prices },
  { version: 10, name: "usage-totals", sql: usageTotals },
  { version: 11, name: "anchors", sql: anchors },
  { version: 12, name: "imported", sql: imported },
  { version: 13, name: "cache-write-long", sql: cacheWriteLong },
  { version: 14, name: "reported", sql: reported },
  { version: 15, name: "idempotent-calls", sql: idempotentCalls },
];

/** Number of the last step. */
export const schemaVersion: number = migrations.length;
