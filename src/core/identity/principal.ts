import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import { allPermissions, localPermissions, type Permission } from "#core/identity/permission.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";

/** Who is calling, whatever proved it: a key, the loopback rule of a profile without keys, or the control socket. */
export interface Principal {
  readonly kind: "key" | "local" | "root";
  readonly tenantId: TenantId;
  readonly userId?: UserId;
  readonly keyId?: KeyId;
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
