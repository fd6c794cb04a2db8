import type { Administration } from "#core/api/administration.ts";
import { type CreateKey, createKeySchema, type IssuedKeyView, type KeyView } from "#core/api/api-key.ts";
import { keyView, userView } from "#core/api/identity-view.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { timeOf } from "#core/api/time-text.ts";
import { usageLogView, usageTotalView } from "#core/api/usage-view.ts";
import {
  type UsageLogsQueryInput,
  type UsageLogView,
  type UsageQueryInput,
  type UsageTotalView,
  usageLogsQuerySchema,
  usageQuerySchema,
} from "#core/api/usage.ts";
import { type CreateUser, createUserSchema, type UserView } from "#core/api/user.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Ids, KeyId, TenantId } from "#core/effects/ids.ts";
import type { Random } from "#core/effects/random.ts";
import { GatewayError } from "#core/errors.ts";
import type { ChangeFeed } from "#core/feed.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { createKeyText, shownPrefixLength } from "#core/identity/key-format.ts";
import { currentPepperId } from "#core/identity/master-secret.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import type { User } from "#core/identity/user.ts";
import type { LedgerStore, UsageQuery } from "#core/ledger/ledger-store.ts";

/** What the administration works on. */
export interface LocalAdministrationParts {
  readonly identity: IdentityStore;
  readonly ledger: LedgerStore;
  readonly ids: Ids;
  readonly digest: Digest;
  /** The pepper of generation `currentPepperId`. */
  readonly pepper: Uint8Array;
  readonly random: Random;
  readonly clock: Clock;
  readonly feed: ChangeFeed;
  readonly keyKind: "live" | "test";
}

/** Administration on the stores themselves. Every change of identity is published, so that it counts at once. */
export class LocalAdministration implements Administration {
  readonly #parts: LocalAdministrationParts;

  constructor(parts: LocalAdministrationParts) {
    this.#parts = parts;
  }

  async createUser(input: CreateUser): Promise<UserView> {
    const { email, name, role } = parseInput(createUserSchema, input);
    const id = this.#parts.ids.user();
    const user: User = {
      id,
      // A user who belongs to no team is a tenant alone.
      tenantId: id as string as TenantId,
      email,
      name: name ?? email.slice(0, email.lastIndexOf("@")),
      role,
      status: "active",
      createdAtMs: this.#parts.clock.now(),
    };
    await this.#parts.identity.createUser(user);
    this.#parts.feed.publish("identity.changed");
    return userView(user);
  }

  async listUsers(): Promise<readonly UserView[]> {
    return (await this.#parts.identity.listUsers()).map(userView);
  }

  async createKey(input: CreateKey): Promise<IssuedKeyView> {
    const { user: who, name, scopes, expires_at } = parseInput(createKeySchema, input);
    const { identity, digest, pepper, random, ids, clock, keyKind, feed } = this.#parts;
    const nowMs = clock.now();
    const expiresAtMs = expires_at === undefined ? undefined : timeOf(expires_at);
    if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
      throw new GatewayError("invalid_request", "`expires_at` is not valid: it has passed already.", {
        details: { field: "expires_at" },
      });
    }
    const owner = await this.#requireUser(who);
    const text = createKeyText(digest, random, keyKind);
    const key: ApiKey = {
      id: ids.key(),
      userId: owner.id,
      tenantId: owner.tenantId,
      name,
      prefix: text.slice(0, shownPrefixLength),
      scopes: scopes ?? [...callerPermissions],
      createdAtMs: nowMs,
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    };
    const tokenHash = hashKeyText(digest, pepper, text);
    await identity.createKey(key, { tokenHash, hashAlg: "hmac-sha256", pepperId: currentPepperId });
    feed.publish("identity.changed");
    return { ...keyView(key, nowMs), key: text };
  }

  async listKeys(user?: string): Promise<readonly KeyView[]> {
    const owner = user === undefined ? undefined : await this.#requireUser(user);
    const keys = await this.#parts.identity.listKeys(owner?.id);
    const nowMs = this.#parts.clock.now();
    return keys.map((key) => keyView(key, nowMs));
  }

  async revokeKey(id: string): Promise<KeyView> {
    const { identity, clock, feed } = this.#parts;
    try {
      await identity.revokeKey(id as KeyId, clock.now());
    } finally {
      // Even when the store failed: whether it wrote is not known then, and to forget too much is safe.
      feed.publish("identity.changed");
    }
    const key = (await identity.listKeys()).find((candidate) => candidate.id === id);
    if (key === undefined) throw new GatewayError("not_found", `There is no API key ${JSON.stringify(id)}.`);
    return keyView(key, clock.now());
  }

  async usageSummary(query: UsageQueryInput): Promise<readonly UsageTotalView[]> {
    const totals = await this.#parts.ledger.summary(usageQuery(parseInput(usageQuerySchema, query)));
    return totals.map(usageTotalView);
  }

  async usageLogs(query: UsageLogsQueryInput): Promise<readonly UsageLogView[]> {
    const { limit, ...range } = parseInput(usageLogsQuerySchema, query);
    const rows = await this.#parts.ledger.logs({ ...usageQuery(range), limit });
    return rows.map(usageLogView);
  }

  async #requireUser(who: string): Promise<User> {
    const user = await this.#parts.identity.findUser(who);
    if (user === undefined) throw new GatewayError("not_found", `There is no user ${JSON.stringify(who)}.`);
    return user;
  }
}

function usageQuery(range: { readonly from?: string | undefined; readonly to?: string | undefined }): UsageQuery {
  return {
    ...(range.from === undefined ? {} : { fromMs: timeOf(range.from) }),
    ...(range.to === undefined ? {} : { toMs: timeOf(range.to) }),
  };
}
