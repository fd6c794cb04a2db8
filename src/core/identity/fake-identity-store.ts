import type { KeyId, UserId } from "#core/effects/ids.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { IdentityStore, KeyOwner } from "#core/identity/identity-store.ts";
import type { User } from "#core/identity/user.ts";

/** Users and keys in memory without any rules of their own, for tests of whoever uses an `IdentityStore`. */
export class FakeIdentityStore implements IdentityStore {
  readonly users: User[] = [];
  readonly keys: { key: ApiKey; readonly digest: KeyDigest }[] = [];

  async createUser(user: User): Promise<void> {
    this.users.push(user);
  }

  async listUsers(): Promise<readonly User[]> {
    return this.users;
  }

  async findUser(who: string): Promise<User | undefined> {
    return this.users.find((user) => user.id === who || user.email === who || user.name === who);
  }

  async createKey(key: ApiKey, digest: KeyDigest): Promise<void> {
    this.keys.push({ key, digest });
  }

  async listKeys(userId?: UserId): Promise<readonly ApiKey[]> {
    return this.keys.map(({ key }) => key).filter((key) => userId === undefined || key.userId === userId);
  }

  async revokeKey(id: KeyId, atMs: number): Promise<boolean> {
    const kept = this.keys.find(({ key }) => key.id === id);
    if (kept !== undefined) kept.key = { revokedAtMs: atMs, ...kept.key };
    return kept !== undefined;
  }

  async findKeyByHash(tokenHash: Uint8Array): Promise<KeyOwner | undefined> {
    const hex = tokenHash.toHex();
    const key = this.keys.find(({ digest }) => digest.tokenHash.toHex() === hex)?.key;
    const user = this.users.find((candidate) => candidate.id === key?.userId);
    return key === undefined || user === undefined ? undefined : { key, user };
  }
}
