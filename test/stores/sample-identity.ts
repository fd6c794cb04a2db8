import type { KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import type { ApiKey, KeyDigest } from "#core/identity/api-key.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { MemberRole, Membership, Team } from "#core/identity/team.ts";
import type { User } from "#core/identity/user.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";

/** A policy that settles everything. */
export const fullPolicy: KeyPolicy = {
  tier: "partner",
  priority: 3,
  bestPriority: 1,
  worstPriority: 8,
  weight: 1_000,
  models: ["gpt-*", 'claude-"quoted"'],
  limits: {
    requestsPerMinute: 60,
    tokensPerMinute: 100_000,
    concurrent: 4,
    tokensPerDay: 10_000,
    tokensPerMonth: 200_000,
    quotaMode: "soft",
  },
};

/** Usage in one day and its month. */
export function usage(dayTokens: number): QuotaUsage {
  const monthTokens = dayTokens * 2;
  return { dayStartMs: Date.UTC(2026, 10, 20), dayTokens, monthStartMs: Date.UTC(2026, 10, 1), monthTokens };
}

/** A user `usr_NAME` who calls. */
export function user(name: string, changes: Partial<User> = {}): User {
  const id = `usr_${name}`;
  return {
    id: id as UserId,
    tenantId: id as TenantId,
    email: `${name}@example.com`,
    name,
    role: "gateway_user",
    status: "active",
    createdAtMs: 1_000,
    ...changes,
  };
}

/** A key `key_NAME` of a user. */
export function key(name: string, owner: User, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    id: `key_${name}` as KeyId,
    userId: owner.id,
    tenantId: owner.tenantId,
    name: `key ${name}`,
    prefix: "tok_live_abc",
    scopes: ["models:call", "models:read"],
    createdAtMs: 1_000,
    ...changes,
  };
}

/** A digest that differs by its seed. */
export function hash(seed: number): Uint8Array {
  return new Uint8Array(32).fill(seed);
}

/** What the store recognises a key by. */
export function digest(seed: number): KeyDigest {
  return { tokenHash: hash(seed), hashAlg: "hmac-sha256", pepperId: "1" };
}

/** A team `team_NAME`. */
export function team(name: string, changes: Partial<Team> = {}): Team {
  return { id: `team_${name}` as TeamId, name, createdAtMs: 1_000, ...changes };
}

/** A user in a team. */
export function membership(teamName: string, userName: string, role: MemberRole = "member"): Membership {
  return { teamId: team(teamName).id, userId: user(userName).id, role, addedAtMs: 1_000 };
}
