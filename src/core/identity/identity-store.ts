import type { KeyId, UserId } from "#core/effects/ids.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { User } from "#core/identity/user.ts";

/** A key together with its owner, as authentication needs them. */
export interface KeyOwner {
  readonly key: ApiKey;
  readonly user: User;
}

/** Users and keys. Every engine passes `test/stores`. Storage trouble rejects with `storage_failed`, never with 403. */
export interface IdentityStore {
  /** Rejects with `conflict` when the e-mail is taken. */
  createUser(user: User): Promise<void>;
  listUsers(): Promise<readonly User[]>;
  /** By id, e-mail (without case) or unique name; undefined if there is none. Rejects with `conflict` on an ambiguous name. */
  findUser(who: string): Promise<User | undefined>;
  createKey(key: ApiKey, digest: KeyDigest): Promise<void>;
  listKeys(userId?: UserId): Promise<readonly ApiKey[]>;
  /** True if the key existed; revoking twice keeps the first time. */
  revokeKey(id: KeyId, atMs: number): Promise<boolean>;
  /** The key with this digest, revoked and expired ones included. */
  findKeyByHash(tokenHash: Uint8Array): Promise<KeyOwner | undefined>;
}
