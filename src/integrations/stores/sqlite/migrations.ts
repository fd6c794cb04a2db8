import identity from "./migrations/0001-identity.sql" with { type: "text" };
import ledger from "./migrations/0002-ledger.sql" with { type: "text" };
import tokenMetadata from "./migrations/0003-token-metadata.sql" with { type: "text" };

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
];
