import type { TeamId, UserId } from "#core/effects/ids.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";

/** What a member may be in a team: an admin manages its members and keys. */
export const memberRoles = ["admin", "member"] as const;
export type MemberRole = (typeof memberRoles)[number];

/** Users that share keys, budgets and books. A key of a team has the team's id as its tenant. */
export interface Team {
  readonly id: TeamId;
  /** Unique, compared without case. */
  readonly name: string;
  /** What its new keys start from, and may not go beyond unless an administrator says otherwise. */
  readonly keyPolicy?: KeyPolicy;
  /** Milliseconds since the epoch, UTC. */
  readonly createdAtMs: number;
}

/** A user in a team. */
export interface Membership {
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly role: MemberRole;
  readonly addedAtMs: number;
}
