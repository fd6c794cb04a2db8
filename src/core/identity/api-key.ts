import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { Permission } from "#core/identity/permission.ts";
import type { QuotaUsage } from "#core/limits/quota-store.ts";

/** A key as stored and listed: never the key itself. */
export interface ApiKey {
  readonly id: KeyId;
  readonly userId: UserId;
  readonly tenantId: TenantId;
  readonly name: string;
  /** First twelve characters, to recognise it by. */
  readonly prefix: string;
  readonly scopes: readonly Permission[];
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
  readonly hashAlg: "hmac-sha256";
  readonly pepperId: string;
}
