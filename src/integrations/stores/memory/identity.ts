import type { KeyId, UserId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { IdentityStore, KeyOwner } from "#core/identity/identity-store.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { User } from "#core/identity/user.ts";
import type { QuotaRecord } from "#core/limits/quota-store.ts";
import { emailKey } from "#integrations/stores/email-key.ts";

/** Users and keys that last as long as the process. */
export class MemoryIdentityStore implements IdentityStore {
  readonly #users = new Map<UserId, User>();
  readonly #keys = new Map<KeyId, ApiKey>();
  readonly #idByHash = new Map<string, KeyId>();

  async createUser(user: User): Promise<void> {
    const taken = [...this.#users.values()].some((other) => emailKey(other.email) === emailKey(user.email));
    if (taken || this.#users.has(user.id)) {
      throw new GatewayError("conflict", `A user with the e-mail ${user.email} exists already.`);
    }
    this.#users.set(user.id, user);
  }

  async listUsers(): Promise<readonly User[]> {
    return [...this.#users.values()].sort(byCreation);
  }

  async findUser(who: string): Promise<User | undefined> {
    const users = [...this.#users.values()];
    const exact = users.find((user) => user.id === who) ?? users.find((user) => emailKey(user.email) === emailKey(who));
    if (exact !== undefined) return exact;
    const [named, another] = users.filter((user) => user.name === who);
    if (another !== undefined) {
      throw new GatewayError("conflict", `More than one user is named "${who}": use the id or the e-mail.`);
    }
    return named;
  }

  async createKey(key: ApiKey, digest: KeyDigest): Promise<void> {
    const hash = digest.tokenHash.toHex();
    if (this.#keys.has(key.id) || this.#idByHash.has(hash)) {
      throw new GatewayError("conflict", `The key ${key.id} exists already.`);
    }
    if (!this.#users.has(key.userId)) throw new GatewayError("not_found", `There is no user ${key.userId}.`);
    this.#keys.set(key.id, key);
    this.#idByHash.set(hash, key.id);
  }

  async findKey(id: KeyId): Promise<ApiKey | undefined> {
    return this.#keys.get(id);
  }

  async listKeys(userId?: UserId): Promise<readonly ApiKey[]> {
    const keys = [...this.#keys.values()];
    return keys.filter((key) => userId === undefined || key.userId === userId).sort(byCreation);
  }

  async revokeKey(id: KeyId, atMs: number): Promise<boolean> {
    const key = this.#keys.get(id);
    if (key === undefined) return false;
    this.#keys.set(id, { ...key, revokedAtMs: key.revokedAtMs ?? atMs });
    return true;
  }

  async updateKeyPolicy(id: KeyId, policy: KeyPolicy | undefined, _atMs: number): Promise<boolean> {
    const key = this.#keys.get(id);
    if (key === undefined) return false;
    const { policy: _former, ...rest } = key;
    this.#keys.set(id, policy === undefined ? rest : { ...rest, policy });
    return true;
  }

  async saveQuotaUsage(batch: readonly QuotaRecord[]): Promise<void> {
    for (const { keyId, usage } of batch) {
      const key = this.#keys.get(keyId);
      if (key !== undefined) this.#keys.set(keyId, { ...key, quotaUsage: usage });
    }
  }

  async findKeyByHash(tokenHash: Uint8Array): Promise<KeyOwner | undefined> {
    const id = this.#idByHash.get(tokenHash.toHex());
    const key = id === undefined ? undefined : this.#keys.get(id);
    const user = key === undefined ? undefined : this.#users.get(key.userId);
    return key === undefined || user === undefined ? undefined : { key, user };
  }
}

function byCreation(a: User | ApiKey, b: User | ApiKey): number {
  return a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1);
}
