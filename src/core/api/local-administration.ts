import type { Administration } from "#core/api/administration.ts";
import {
  type CreateKey,
  createKeySchema,
  type IssuedKeyView,
  type KeyView,
  type UpdateKey,
} from "#core/api/api-key.ts";
import { keyView, userView } from "#core/api/identity-view.ts";
import { KeyAdministration, type KeyAdministrationParts } from "#core/api/key-administration.ts";
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
import type { Ids, TenantId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import { type Principal, rootPrincipal } from "#core/identity/principal.ts";
import type { User } from "#core/identity/user.ts";
import type { LedgerStore, UsageQuery } from "#core/ledger/ledger-store.ts";

/** What the administration works on. */
export interface LocalAdministrationParts extends KeyAdministrationParts {
  readonly ledger: LedgerStore;
  readonly ids: Ids;
}

/** Administration on the stores themselves. Every change of identity is published, so that it counts at once. */
export class LocalAdministration implements Administration {
  readonly #parts: LocalAdministrationParts;
  readonly #keys: KeyAdministration;

  constructor(parts: LocalAdministrationParts) {
    this.#parts = parts;
    this.#keys = new KeyAdministration(parts);
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
    this.#parts.feed.publish("identity.changed", id);
    return userView(user);
  }

  async listUsers(): Promise<readonly UserView[]> {
    return (await this.#parts.identity.listUsers()).map(userView);
  }

  async createKey(input: CreateKey, maker: Principal = rootPrincipal): Promise<IssuedKeyView> {
    const { user, ...wanted } = parseInput(createKeySchema, input);
    return this.#keys.create(await this.#requireUser(user), wanted, maker);
  }

  updateKey(id: string, input: UpdateKey, maker: Principal = rootPrincipal): Promise<KeyView> {
    return this.#keys.update(id, input, maker);
  }

  findKey(id: string): Promise<KeyView> {
    return this.#keys.find(id);
  }

  async listKeys(user?: string): Promise<readonly KeyView[]> {
    const owner = user === undefined ? undefined : await this.#requireUser(user);
    const keys = await this.#parts.identity.listKeys(owner?.id);
    const nowMs = this.#parts.clock.now();
    return keys.map((key) => keyView(key, nowMs));
  }

  revokeKey(id: string): Promise<KeyView> {
    return this.#keys.revoke(id);
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
