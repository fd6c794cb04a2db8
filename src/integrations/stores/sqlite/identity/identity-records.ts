import type { KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import { type Permission, permissions } from "#core/identity/permission.ts";
import type { Role, User } from "#core/identity/user.ts";
import {
  type MetadataRecord,
  metadataColumns,
  texts,
  toPolicy,
  toUsage,
} from "#integrations/stores/sqlite/identity/token-metadata.ts";

/** A row of `user`. */
export interface UserRecord {
  readonly id: string;
  readonly tenant_id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly status: User["status"];
  readonly created_at: number;
}

/** Reads keys as `KeyRecord`, of a table called `k`. */
export const selectKeys = `SELECT k.*, ${metadataColumns} FROM api_key k LEFT JOIN token_metadata m USING (token_hash)`;

/** A row of `api_key` with its row of `token_metadata`. */
export interface KeyRecord extends MetadataRecord {
  readonly id: string;
  readonly user_id: string;
  readonly tenant_id: string;
  readonly team_id: string | null;
  readonly parent_id: string | null;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string;
  readonly labels: string | null;
  readonly addresses: string | null;
  readonly last_used_at: number | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

/** The user in a row. */
export function toUser(record: UserRecord): User {
  return {
    id: record.id as UserId,
    tenantId: record.tenant_id as TenantId,
    email: record.email,
    name: record.name,
    role: record.role,
    status: record.status,
    createdAtMs: record.created_at,
  };
}

/** The key in a row. A scope that this version does not know grants nothing. */
export function toKey(record: KeyRecord): ApiKey {
  const policy = toPolicy(record);
  const quotaUsage = toUsage(record);
  return {
    id: record.id as KeyId,
    userId: record.user_id as UserId,
    tenantId: record.tenant_id as TenantId,
    ...(record.team_id !== null && { teamId: record.team_id as TeamId }),
    ...(record.parent_id !== null && { parentId: record.parent_id as KeyId }),
    name: record.name,
    prefix: record.prefix,
    scopes: knownScopes(record.scopes),
    ...(record.labels !== null && { labels: texts(record.labels) }),
    ...(record.addresses !== null && { addresses: texts(record.addresses) }),
    ...(record.last_used_at !== null && { lastUsedAtMs: record.last_used_at }),
    createdAtMs: record.created_at,
    ...(record.expires_at !== null && { expiresAtMs: record.expires_at }),
    ...(record.revoked_at !== null && { revokedAtMs: record.revoked_at }),
    ...(policy !== undefined && { policy }),
    ...(quotaUsage !== undefined && { quotaUsage }),
  };
}

/** Texts as they are stored; null for none. */
export function textsText(texts: readonly string[] | undefined): string | null {
  return texts === undefined || texts.length === 0 ? null : JSON.stringify(texts);
}

function knownScopes(json: string): readonly Permission[] {
  const granted = texts(json);
  return permissions.filter((permission) => granted.includes(permission));
}
