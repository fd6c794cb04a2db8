import type { KeyId, UserId } from "#core/effects/ids.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { User } from "#core/identity/user.ts";
import type { QuotaStore } from "#core/limits/quota-store.ts";

/** A key together with its owner, as authentication needs them. */
export interface KeyOwner {
  readonly key: ApiKey;
  readonly user: User;
}

/**
 * Users and keys, with what is settled for a key and what it has used. Every engine passes `test/stores`. Storage
 * trouble rejects with `storage_failed`, never with 403.
 */
export interface IdentityStore extends QuotaStore {
  /** Rejects with `conflict` when the e-mail is taken. */
  createUser(user: User): Promise<void>;
  listUsers(): Promise<readonly User[]>;
  /** By id, e-mail (without case) or unique name; undefined if there is none. Rejects with `conflict` on an ambiguous name. */
  findUser(who: string): Promise<User | undefined>;
  /** Stores the key with its policy; it has used nothing yet. */
  createKey(key: ApiKey, digest: KeyDigest): Promise<void>;
  findKey(id: KeyId): Promise<ApiKey | undefined>;
  listKeys(userId?: UserId): Promise<readonly ApiKey[]>;
  /** True if the key existed; revoking twice keeps the first time. */
  revokeKey(id: KeyId, atMs: number): Promise<boolean>;
  /** Puts a policy, or none, in the place of the key's own; its usage stays. True if the key existed. */
  updateKeyPolicy(id: KeyId, policy: KeyPolicy | undefined, atMs: number): Promise<boolean>;
  /** The key with this digest, revoked and expired ones included. */
  findKeyByHash(tokenHash: Uint8Array): Promise<KeyOwner | undefined>;
}
