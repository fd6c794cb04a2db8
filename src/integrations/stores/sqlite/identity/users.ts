import type { Database } from "bun:sqlite";
import { noCursor } from "#core/api/paging.ts";
import type { UserId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { IdentityStore, UserChange } from "#core/identity/identity-store.ts";
import type { User } from "#core/identity/user.ts";
import { nameKey } from "#core/identity/name-key.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { isDuplicate } from "#integrations/stores/sqlite/constraint.ts";
import { toUser, type UserRecord } from "#integrations/stores/sqlite/identity/identity-records.ts";
import { revokeKeys } from "#integrations/stores/sqlite/identity/key-revocation.ts";
import { traced, type TrailTables } from "#integrations/stores/sqlite/trail.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

/** What `IdentityStore` promises about users. */
export type UserCalls = Pick<
  AtOnce<IdentityStore>,
  "createUser" | "listUsers" | "findUser" | "updateUser" | "eraseUser" | "countActive"
>;

/** Nobody can have this e-mail, so that an erased user keeps no address from being used again. */
const erasedEmailKey = (id: UserId): string => `erased ${id}`;

/** The table `user`, on the writer's thread. */
export function userCalls(database: Database, commits: Commits, trails: TrailTables): UserCalls {
  const userById = database.query<{ id: string }, [string]>("SELECT id FROM user WHERE id = ?");
  return {
    createUser: traced(commits, trails, (user) => insertUser(database, user)),
    listUsers({ limit, after, status }) {
      // Also after one that was erased since the page before.
      if (after !== undefined && userById.get(after) === null) throw noCursor();
      const page = database.query<UserRecord, [string | null, string | null, number]>(
        `SELECT * FROM user WHERE erased_at IS NULL AND (?1 IS NULL OR status = ?1)
         AND (?2 IS NULL OR (created_at, id) > (SELECT created_at, id FROM user WHERE id = ?2))
         ORDER BY created_at, id LIMIT ?3`,
      );
      return page.all(status ?? null, after ?? null, limit).map(toUser);
    },
    findUser: (who) => findUser(database, who),
    updateUser: traced(commits, trails, (id, change) => writeUser(database, id, change)),
    eraseUser: traced(commits, trails, (id, atMs) => forgetUser(database, id, atMs)),
    countActive(role) {
      const count = database.query<{ count: number }, [string]>(
        "SELECT count(*) AS count FROM user WHERE role = ? AND status = 'active' AND erased_at IS NULL",
      );
      return count.get(role)?.count ?? 0;
    },
  };
}

function findUser(database: Database, who: string): User | undefined {
  const exact = database
    .query<UserRecord, [string, string]>(
      "SELECT * FROM user WHERE (id = ?1 OR email_key = ?2) AND erased_at IS NULL ORDER BY id = ?1 DESC",
    )
    .get(who, nameKey(who));
  if (exact !== null) return toUser(exact);
  const [named, another] = database
    .query<UserRecord, [string]>("SELECT * FROM user WHERE name = ? AND erased_at IS NULL LIMIT 2")
    .all(who);
  if (another !== undefined) {
    throw new GatewayError("conflict", `More than one user is named "${who}": use the id or the e-mail.`);
  }
  return named === undefined ? undefined : toUser(named);
}

function insertUser(database: Database, user: User): void {
  const { id, tenantId, email, name, role, status, createdAtMs } = user;
  try {
    database
      .query(
        "INSERT INTO user (id, tenant_id, email, email_key, name, role, status, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(id, tenantId, email, nameKey(email), name, role, status, createdAtMs);
  } catch (cause) {
    throw isDuplicate(cause) ? emailTaken(email, cause) : cause;
  }
}

function writeUser(database: Database, id: UserId, { email, name, role, status }: UserChange): boolean {
  const written = database.query(
    `UPDATE user SET email = coalesce(?2, email), email_key = coalesce(?3, email_key), name = coalesce(?4, name),
     role = coalesce(?5, role), status = coalesce(?6, status) WHERE id = ?1 AND erased_at IS NULL`,
  );
  const newKey = email === undefined ? null : nameKey(email);
  if (newKey !== null) endLogins(database, id, newKey);
  try {
    return written.run(id, email ?? null, newKey, name ?? null, role ?? null, status ?? null).changes > 0;
  } catch (cause) {
    throw isDuplicate(cause) ? emailTaken(email ?? "", cause) : cause;
  }
}

/** Whoever reads the mail of the former address, if it is another, does not log in with it and stays logged in no longer. */
function endLogins(database: Database, id: UserId, newKey: string): void {
  const user = "(SELECT id FROM user WHERE id = ? AND email_key <> ?)";
  for (const table of ["session", "login_code"]) {
    database.query(`DELETE FROM ${table} WHERE user_id = ${user}`).run(id, newKey);
  }
}

function forgetUser(database: Database, id: UserId, atMs: number): boolean {
  const forgotten = database.query(
    `UPDATE user SET email = '', email_key = ?2, name = '', status = 'inactive', erased_at = ?3
     WHERE id = ?1 AND erased_at IS NULL`,
  );
  if (forgotten.run(id, erasedEmailKey(id), atMs).changes === 0) return false;
  revokeKeys(database, "user_id = ?", [id], atMs);
  database.query("DELETE FROM membership WHERE user_id = ?").run(id);
  return true;
}

function emailTaken(email: string, cause: unknown): GatewayError {
  return new GatewayError("conflict", `A user with the e-mail ${email} exists already.`, { cause });
}
