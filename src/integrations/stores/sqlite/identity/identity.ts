import type { Database } from "bun:sqlite";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { keyCalls } from "#integrations/stores/sqlite/identity/keys.ts";
import { teamCalls } from "#integrations/stores/sqlite/identity/teams.ts";
import { TrailTables } from "#integrations/stores/sqlite/trail.ts";
import { userCalls } from "#integrations/stores/sqlite/identity/users.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

/** The calls of identity, on the writer's thread. */
export function identityCalls(database: Database, commits: Commits): AtOnce<IdentityStore> {
  const trails = new TrailTables(database);
  return {
    ...userCalls(database, commits, trails),
    ...teamCalls(database, commits, trails),
    ...keyCalls(database, commits, trails),
  };
}
