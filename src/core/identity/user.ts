import type { TenantId, UserId } from "#core/effects/ids.ts";

/** What a user may be on this gateway. */
export const roles = ["root_admin", "gateway_admin", "gateway_user"] as const;
export type Role = (typeof roles)[number];

/** Who owns keys and usage. */
export interface User {
  readonly id: UserId;
  readonly tenantId: TenantId;
  /** Unique, compared without case. */
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly status: "active" | "inactive";
  /** Milliseconds since the epoch, UTC. */
  readonly createdAtMs: number;
}
