import { type Database, SQLiteError, type Statement } from "bun:sqlite";
import type { KeyId, UserId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { KeyOwner } from "#core/identity/identity-store.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { User } from "#core/identity/user.ts";
import type { QuotaRecord } from "#core/limits/quota-store.ts";
import { emailKey } from "#integrations/stores/email-key.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { type KeyRecord, toKey, toUser, type UserRecord } from "#integrations/stores/sqlite/identity-records.ts";
import { metadataColumns, writePolicy, writeUsage } from "#integrations/stores/sqlite/token-metadata.ts";

const selectKeys = `SELECT k.*, ${metadataColumns} FROM api_key k LEFT JOIN token_metadata m USING (token_hash)`;

interface NewPolicy {
  readonly id: KeyId;
  readonly policy: KeyPolicy | undefined;
  readonly atMs: number;
}

/** The tables `user`, `api_key` and `token_metadata`, on the writer's thread. Promises of `IdentityStore`, kept synchronously. */
export class IdentityTables {
  readonly #database: Database;
  readonly #keyByHash: Statement<KeyRecord, [Uint8Array]>;
  readonly #keyById: Statement<KeyRecord, [string]>;
  readonly #userById: Statement<UserRecord, [string]>;
  readonly createUser: (user: User) => void;
  readonly #insertKey: (input: { readonly key: ApiKey; readonly digest: KeyDigest }) => void;
  readonly #revoke: (input: { readonly id: KeyId; readonly atMs: number }) => boolean;
  readonly #setPolicy: (input: NewPolicy) => boolean;
  readonly saveQuotaUsage: (batch: readonly QuotaRecord[]) => void;

  constructor(database: Database, commits: Commits) {
    this.#database = database;
    this.#keyByHash = database.query(`${selectKeys} WHERE k.token_hash = ?`);
    this.#keyById = database.query(`${selectKeys} WHERE k.id = ?`);
    this.#userById = database.query("SELECT * FROM user WHERE id = ?");
    this.createUser = commits.durable((user) => insertUser(database, user));
    this.#insertKey = commits.durable(({ key, digest }) => insertKey(database, key, digest));
    this.#revoke = commits.durable(({ id, atMs }) => {
      const marked = database.query("UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?");
      return marked.run(atMs, id).changes > 0;
    });
    this.#setPolicy = commits.durable(({ id, policy, atMs }) => writePolicy(database, id, policy, atMs));
    this.saveQuotaUsage = commits.durable((batch) => writeUsage(database, batch));
  }

  listUsers(): readonly User[] {
    const all = this.#database.query<UserRecord, []>("SELECT * FROM user ORDER BY created_at, id");
    return all.all().map(toUser);
  }

  findUser(who: string): User | undefined {
    const exact = this.#database
      .query<UserRecord, [string, string]>("SELECT * FROM user WHERE id = ?1 OR email_key = ?2 ORDER BY id = ?1 DESC")
      .get(who, emailKey(who));
    if (exact !== null) return toUser(exact);
    const [named, another] = this.#database
      .query<UserRecord, [string]>("SELECT * FROM user WHERE name = ? LIMIT 2")
      .all(who);
    if (another !== undefined) {
      throw new GatewayError("conflict", `More than one user is named "${who}": use the id or the e-mail.`);
    }
    return named === undefined ? undefined : toUser(named);
  }

  createKey(key: ApiKey, digest: KeyDigest): void {
    this.#insertKey({ key, digest });
  }

  findKey(id: KeyId): ApiKey | undefined {
    const key = this.#keyById.get(id);
    return key === null ? undefined : toKey(key);
  }

  listKeys(userId?: UserId): readonly ApiKey[] {
    const all = this.#database.query<KeyRecord, [string | null]>(
      `${selectKeys} WHERE ?1 IS NULL OR k.user_id = ?1 ORDER BY k.created_at, k.id`,
    );
    return all.all(userId ?? null).map(toKey);
  }

  revokeKey(id: KeyId, atMs: number): boolean {
    return this.#revoke({ id, atMs });
  }

  updateKeyPolicy(id: KeyId, policy: KeyPolicy | undefined, atMs: number): boolean {
    return this.#setPolicy({ id, policy, atMs });
  }

  findKeyByHash(tokenHash: Uint8Array): KeyOwner | undefined {
    const key = this.#keyByHash.get(tokenHash);
    if (key === null) return undefined;
    const user = this.#userById.get(key.user_id);
    return user === null ? undefined : { key: toKey(key), user: toUser(user) };
  }
}

function insertUser(database: Database, user: User): void {
  try {
    database
      .query(
        "INSERT INTO user (id, tenant_id, email, email_key, name, role, status, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(
        user.id,
        user.tenantId,
        user.email,
        emailKey(user.email),
        user.name,
        user.role,
        user.status,
        user.createdAtMs,
      );
  } catch (cause) {
    if (!isDuplicate(cause)) throw cause;
    throw new GatewayError("conflict", `A user with the e-mail ${user.email} exists already.`, { cause });
  }
}

function insertKey(database: Database, key: ApiKey, digest: KeyDigest): void {
  try {
    database
      .query(
        `INSERT INTO api_key (id, user_id, tenant_id, name, token_hash, hash_alg, pepper_id, prefix, scopes, created_at,
         expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        key.id,
        key.userId,
        key.tenantId,
        key.name,
        digest.tokenHash,
        digest.hashAlg,
        digest.pepperId,
        key.prefix,
        JSON.stringify(key.scopes),
        key.createdAtMs,
        key.expiresAtMs ?? null,
        key.revokedAtMs ?? null,
      );
    if (key.policy !== undefined) writePolicy(database, key.id, key.policy, key.createdAtMs);
  } catch (cause) {
    if (isDuplicate(cause)) throw new GatewayError("conflict", `The key ${key.id} exists already.`, { cause });
    if (cause instanceof SQLiteError && cause.code === "SQLITE_CONSTRAINT_FOREIGNKEY") {
      throw new GatewayError("not_found", `There is no user ${key.userId}.`, { cause });
    }
    throw cause;
  }
}

function isDuplicate(thrown: unknown): boolean {
  if (!(thrown instanceof SQLiteError)) return false;
  return thrown.code === "SQLITE_CONSTRAINT_UNIQUE" || thrown.code === "SQLITE_CONSTRAINT_PRIMARYKEY";
}
