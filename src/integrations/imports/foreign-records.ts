import type { ForeignPlan } from "#core/archive/foreign-plan.ts";
import type { Digest } from "#core/effects/digest.ts";
import { type BudgetScope, type BudgetWindow, periodStart } from "#core/budgets/budget.ts";
import { hashKeySha256, hashKeyText } from "#core/identity/key-digest.ts";
import { nameKey } from "#core/identity/name-key.ts";
import { callerPermissions } from "#core/identity/permission.ts";

/** What records are made with. */
export interface ForeignRecordParts {
  /** Tells ids of one source from those of another. */
  readonly source: string;
  readonly digest: Digest;
  readonly pepper: Uint8Array;
  readonly pepperId: string;
  readonly nowMs: number;
}

/** A user as another gateway has it. */
export interface ForeignUser {
  readonly foreignId: string;
  readonly email?: string;
  readonly name: string;
  readonly role: "root_admin" | "gateway_admin" | "gateway_user";
  readonly active: boolean;
  readonly createdAtMs: number;
}

/** A key as another gateway has it. */
export interface ForeignKey {
  readonly foreignId: string;
  readonly userId: string;
  readonly teamId?: string;
  readonly name: string;
  /** What may be shown of it. */
  readonly shown: string;
  /** Its text, or all that is left of it: the SHA-256 of its text, hexadecimal. */
  readonly secret: { readonly text: string } | { readonly sha256: string };
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly revoked: boolean;
  readonly models?: readonly string[];
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly concurrent?: number;
  readonly addresses?: readonly string[];
}

/** A bound on spending as another gateway has it. */
export interface ForeignBudget {
  readonly scope: BudgetScope;
  readonly scopeId: string;
  readonly window: BudgetWindow;
  readonly limitNanos: bigint;
  readonly spentNanos: bigint;
}

const encoder = new TextEncoder();

/** Gathers users, teams, keys and budgets of another gateway as records of an export. Ids follow from the ids that they had, so that importing twice is importing once. */
export class ForeignRecords {
  readonly #parts: ForeignRecordParts;
  readonly #taken = new Set<string>();
  readonly #tables = new Map<string, Map<string, Readonly<Record<string, unknown>>>>();

  constructor(parts: ForeignRecordParts) {
    this.#parts = parts;
  }

  get tables(): ForeignPlan["tables"] {
    return Object.fromEntries([...this.#tables].map(([name, records]) => [name, [...records.values()]]));
  }

  /** The id that a user has here; the user is added at the first time. */
  user(user: ForeignUser): string {
    const id = this.#id("usr", user.foreignId);
    if (this.#has("user", id)) return id;
    const own = `${slug(user.foreignId)}@${this.#parts.source}.invalid`;
    const email = this.#free("user", user.email ?? own) ? (user.email ?? own) : own;
    this.#taken.add(`user ${nameKey(email)}`);
    this.#add("user", id, {
      id,
      tenant_id: id,
      email,
      email_key: nameKey(email),
      name: user.name.slice(0, 120) || email,
      role: user.role,
      status: user.active ? "active" : "inactive",
      created_at: user.createdAtMs,
    });
    return id;
  }

  /** The id that a team has here; the team is added at the first time. */
  team(foreignId: string, called: string, createdAtMs: number): string {
    const id = this.#id("team", foreignId);
    if (this.#has("team", id)) return id;
    const name = this.#free("team", called) ? called : `${called} ${slug(foreignId)}`;
    this.#taken.add(`team ${nameKey(name)}`);
    this.#add("team", id, { id, name, name_key: nameKey(name), created_at: createdAtMs });
    return id;
  }

  member(teamId: string, userId: string, role: "admin" | "member"): void {
    const added = { team_id: teamId, user_id: userId, role, added_at: this.#parts.nowMs };
    this.#add("membership", `${teamId} ${userId}`, added);
  }

  /** The id that a key has here. */
  key(key: ForeignKey): string {
    const { digest, pepper, pepperId } = this.#parts;
    const id = this.#id("key", key.foreignId);
    const known = "text" in key.secret;
    const hash =
      "text" in key.secret
        ? hashKeyText(digest, pepper, key.secret.text)
        : hashKeySha256(digest, pepper, Uint8Array.fromHex(key.secret.sha256));
    const stored = { token_hash: hash.toHex(), hash_alg: known ? "hmac-sha256" : "hmac-sha256-of-sha256" };
    this.#add("api_key", id, {
      id,
      user_id: key.userId,
      tenant_id: key.teamId ?? key.userId,
      team_id: key.teamId,
      name: key.name.slice(0, 120) || id,
      ...stored,
      pepper_id: pepperId,
      prefix: key.shown,
      scopes: JSON.stringify([...callerPermissions]),
      created_at: key.createdAtMs,
      expires_at: key.expiresAtMs,
      // When is not told; it has to be the same time at every import.
      revoked_at: key.revoked ? key.createdAtMs : undefined,
      addresses: key.addresses && JSON.stringify(key.addresses),
    });
    this.#add("token_metadata", id, {
      ...stored,
      models: key.models && JSON.stringify(key.models),
      requests_per_minute: key.requestsPerMinute,
      tokens_per_minute: key.tokensPerMinute,
      max_concurrent: key.concurrent,
      created_at: key.createdAtMs,
      updated_at: key.createdAtMs,
    });
    return id;
  }

  /** A hard budget, and what was spent of it in the window that runs. */
  budget(budget: ForeignBudget): void {
    const { scope, scopeId, window, limitNanos, spentNanos } = budget;
    const id = this.#id("bud", `${scope} ${scopeId} ${window}`);
    const limit = limitNanos.toString();
    const said = { id, scope, scope_id: scopeId, window, mode: "hard", limit_nanos: limit };
    this.#add("budget", id, { ...said, created_at: this.#parts.nowMs });
    if (spentNanos <= 0n) return;
    this.#add("budget_period", id, {
      budget_id: id,
      start_at: periodStart(window, this.#parts.nowMs),
      mode: "hard",
      limit_nanos: limit,
      spent_nanos: spentNanos.toString(),
      overrun_nanos: (spentNanos > limitNanos ? spentNanos - limitNanos : 0n).toString(),
    });
  }

  #has(table: string, key: string): boolean {
    return this.#tables.get(table)?.has(key) === true;
  }

  /** Others let two people share an e-mail, and two teams a name; here the second gets one of its own. */
  #free(table: string, name: string): boolean {
    return !this.#taken.has(`${table} ${nameKey(name)}`);
  }

  #add(table: string, key: string, record: Readonly<Record<string, unknown>>): void {
    const records = this.#tables.get(table) ?? new Map<string, Readonly<Record<string, unknown>>>();
    this.#tables.set(table, records);
    if (!records.has(key)) records.set(key, record);
  }

  #id(kind: string, foreignId: string): string {
    const name = `${this.#parts.source}/${kind}/${foreignId}`;
    const hex = this.#parts.digest.sha256(encoder.encode(name)).toHex().slice(0, 32);
    return `${kind}_${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}`;
  }
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .slice(0, 60);
}
