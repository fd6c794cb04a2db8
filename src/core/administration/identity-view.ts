import type { KeyView } from "#core/api/api-key.ts";
import { keyPolicyView } from "#core/administration/policy-view.ts";
import { optionalTimeText, timeText } from "#core/api/time-text.ts";
import type { UserView } from "#core/api/user.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { User } from "#core/identity/user.ts";

/** A user as the API shows it. */
export function userView(user: User): UserView {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    role: user.role,
    status: user.status,
    created_at: timeText(user.createdAtMs),
  };
}

/** A key as the API shows it at `nowMs`; never the key itself. */
export function keyView(key: ApiKey, nowMs: number): KeyView {
  return {
    id: key.id,
    user_id: key.userId,
    team_id: key.teamId ?? null,
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    labels: [...(key.labels ?? [])],
    addresses: [...(key.addresses ?? [])],
    status: keyStatus(key, nowMs),
    created_at: timeText(key.createdAtMs),
    expires_at: optionalTimeText(key.expiresAtMs),
    revoked_at: optionalTimeText(key.revokedAtMs),
    last_used_at: optionalTimeText(key.lastUsedAtMs),
    ...keyPolicyView(key.policy, key.quotaUsage, nowMs),
  };
}

function keyStatus(key: ApiKey, nowMs: number): KeyView["status"] {
  if (key.revokedAtMs !== undefined) return "revoked";
  return key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs ? "expired" : "active";
}
