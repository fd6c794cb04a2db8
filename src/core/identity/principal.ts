import type { KeyId, SessionId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import { allPermissions, localPermissions, type Permission } from "#core/identity/permission.ts";
import type { Role } from "#core/identity/user.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";

/** Who is calling, whatever proved it: a key, a login, the loopback rule of a profile without keys, or the control socket. */
export interface Principal {
  readonly kind: "key" | "session" | "local" | "root";
  readonly tenantId: TenantId;
  readonly userId?: UserId;
  readonly keyId?: KeyId;
  /** The key that made this one: what is settled for that holds for both. */
  readonly parentId?: KeyId;
  /** Who calls with that one; there wherever a key was looked up to call with it. */
  readonly parent?: Principal;
  /** Of the user behind key or session. */
  readonly role?: Role;
  /** The team that the key belongs to. */
  readonly teamId?: TeamId;
  /** Teams that the user manages; absent is none. */
  readonly adminOf?: readonly TeamId[];
  /** What the key's calls can be budgeted by. */
  readonly labels?: readonly string[];
  /** Present with a login: what changing requests have to repeat. */
  readonly session?: { readonly id: SessionId; readonly csrfToken: string };
  readonly permissions: ReadonlySet<Permission>;
  /** Owner's e-mail and name of the key, for rules that match them; absent without a key. */
  readonly names?: { readonly key: string; readonly user: string };
  readonly policy?: KeyPolicy;
  /** When its key expires, milliseconds since the epoch; absent where it never does. */
  readonly expiresAtMs?: number;
  /** What the store knew of the key's usage when the principal was made. */
  readonly quotaUsage?: QuotaUsage;
}

/** The tenant of everything that no user owns. */
export const localTenant = "local" as TenantId;

/** A caller without a key, from this machine, of a profile that needs none. */
export const localPrincipal: Principal = { kind: "local", tenantId: localTenant, permissions: localPermissions };

/** Whoever may open the control socket. */
export const rootPrincipal: Principal = { kind: "root", tenantId: localTenant, permissions: allPermissions };
