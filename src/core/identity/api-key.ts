import type { KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { Permission } from "#core/identity/permission.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";

/** A key as stored and listed: never the key itself. */
export interface ApiKey {
  readonly id: KeyId;
  readonly userId: UserId;
  /** The team's id where it belongs to one, else its owner's tenant. */
  readonly tenantId: TenantId;
  readonly teamId?: TeamId;
  /** The key that made it, whose limits they share and without which it does not work; absent where an administrator did. */
  readonly parentId?: KeyId;
  readonly name: string;
  /** First twelve characters, to recognise it by. */
  readonly prefix: string;
  readonly scopes: readonly Permission[];
  /** Words to find and to budget by; absent where there are none. */
  readonly labels?: readonly string[];
  /** Addresses and ranges (CIDR) that it works from; absent for everywhere. */
  readonly addresses?: readonly string[];
  readonly lastUsedAtMs?: number;
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly revokedAtMs?: number;
  /** Absent when nothing is settled for it. */
  readonly policy?: KeyPolicy;
  /** As saved last; absent until something was. */
  readonly quotaUsage?: QuotaUsage;
}

/** What the store keeps beside it to recognise the key: an HMAC under a numbered pepper, and how it was made. */
export interface KeyDigest {
  readonly tokenHash: Uint8Array;
  /** `hmac-sha256-of-sha256`: of a key that came from a gateway which kept SHA-256 alone. */
  readonly hashAlg: "hmac-sha256" | "hmac-sha256-of-sha256";
  readonly pepperId: string;
}
