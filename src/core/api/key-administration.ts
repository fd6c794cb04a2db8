import type { z } from "zod";
import {
  type createKeySchema,
  type IssuedKeyView,
  type KeyView,
  type UpdateKey,
  updateKeySchema,
} from "#core/api/api-key.ts";
import { keyView } from "#core/api/identity-view.ts";
import { refuseLongerLife, refuseMorePermissions, refuseMoreThanOwn } from "#core/api/key-bounds.ts";
import { changedPolicy, type KeyPolicyInput } from "#core/api/key-policy.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { timeOf } from "#core/api/time-text.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Ids, KeyId } from "#core/effects/ids.ts";
import type { Random } from "#core/effects/random.ts";
import { GatewayError } from "#core/errors.ts";
import type { ChangeFeed } from "#core/feed.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { createKeyText, shownPrefixLength } from "#core/identity/key-format.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import { currentPepperId } from "#core/identity/master-secret.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { User } from "#core/identity/user.ts";
import type { Levels } from "#core/admission/level.ts";

/** A key as asked for, checked, its owner found. */
type WantedKey = Omit<z.output<typeof createKeySchema>, "user">;

/** What the administration of keys works on. */
export interface KeyAdministrationParts {
  readonly identity: IdentityStore;
  readonly ids: Pick<Ids, "key">;
  readonly digest: Digest;
  /** The pepper of generation `currentPepperId`. */
  readonly pepper: Uint8Array;
  readonly random: Random;
  readonly clock: Pick<Clock, "now">;
  readonly feed: ChangeFeed;
  readonly keyKind: "live" | "test";
  readonly levels: Levels;
}

/** Makes, changes and revokes API keys. Every change is published under the key's id, so that it counts at once. */
export class KeyAdministration {
  readonly #parts: KeyAdministrationParts;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(parts: KeyAdministrationParts) {
    this.#parts = parts;
  }

  /** A new key, which starts from policy and expiry of the key that makes it. Throws `permission_denied` for more than that has. */
  async create(owner: User, wanted: WantedKey, maker: Principal): Promise<IssuedKeyView> {
    const { name, scopes = [...callerPermissions], expires_at, ...change } = wanted;
    const { identity, digest, pepper, random, ids, clock, keyKind, feed, levels } = this.#parts;
    const nowMs = clock.now();
    const expiresAtMs = expires_at === undefined ? maker.expiresAtMs : timeOf(expires_at);
    if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
      throw new GatewayError("invalid_request", "`expires_at` is not valid: it has passed already.", {
        details: { field: "expires_at" },
      });
    }
    refuseLongerLife(expiresAtMs, maker);
    const policy = changedPolicy(inherited(maker.policy, change), change, levels.count);
    refuseMorePermissions(scopes, maker);
    refuseMoreThanOwn(policy, { key: name, user: owner.email }, maker, levels);
    const text = createKeyText(digest, random, keyKind);
    const key: ApiKey = {
      id: ids.key(),
      userId: owner.id,
      tenantId: owner.tenantId,
      name,
      prefix: text.slice(0, shownPrefixLength),
      scopes,
      createdAtMs: nowMs,
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      ...(policy === undefined ? {} : { policy }),
    };
    const tokenHash = hashKeyText(digest, pepper, text);
    await identity.createKey(key, { tokenHash, hashAlg: "hmac-sha256", pepperId: currentPepperId });
    feed.publish("identity.changed", key.id);
    return { ...keyView(key, nowMs), key: text };
  }

  /** Changes what is settled for a key, one change after the other. */
  update(id: string, input: UpdateKey, maker: Principal): Promise<KeyView> {
    const change = this.#changing.then(() => this.#change(id, parseInput(updateKeySchema, input), maker));
    this.#changing = change.catch(() => undefined);
    return change;
  }

  async #change(id: string, change: KeyPolicyInput, maker: Principal): Promise<KeyView> {
    const { identity, clock, levels } = this.#parts;
    const key = await this.#require(id);
    const policy = changedPolicy(key.policy, change, levels.count);
    const owner = maker.policy === undefined ? undefined : await identity.findUser(key.userId);
    refuseMoreThanOwn(policy, { key: key.name, user: owner?.email ?? "" }, maker, levels);
    return this.#published(key.id, () => identity.updateKeyPolicy(key.id, policy, clock.now()));
  }

  async find(id: string): Promise<KeyView> {
    return keyView(await this.#require(id), this.#parts.clock.now());
  }

  revoke(id: string): Promise<KeyView> {
    const { identity, clock } = this.#parts;
    return this.#published(id, () => identity.revokeKey(id as KeyId, clock.now()));
  }

  /** Does the work and shows the key after it. */
  async #published(id: string, work: () => Promise<unknown>): Promise<KeyView> {
    try {
      await work();
    } finally {
      // Even when the store failed: whether it wrote is not known then, and to forget too much is safe.
      this.#parts.feed.publish("identity.changed", id);
    }
    return this.find(id);
  }

  async #require(id: string): Promise<ApiKey> {
    const key = await this.#parts.identity.findKey(id as KeyId);
    if (key === undefined) throw new GatewayError("not_found", `There is no API key ${JSON.stringify(id)}.`);
    return key;
  }
}

/** What a key has of its maker's policy before it is told otherwise: a tier of its own goes before the maker's level. */
function inherited(policy: KeyPolicy | undefined, change: KeyPolicyInput): KeyPolicy | undefined {
  if (policy === undefined || change.tier === undefined) return policy;
  const { priority: _, ...rest } = policy;
  return rest;
}
