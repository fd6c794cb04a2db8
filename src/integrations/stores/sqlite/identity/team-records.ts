import type { TeamId, UserId } from "#core/effects/ids.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { MemberRole, Membership, Team } from "#core/identity/team.ts";

/** Reads teams as `TeamRecord`. */
export const selectTeams = `SELECT id, name, name_key, key_policy, created_at,
  (SELECT count(*) FROM membership WHERE team_id = team.id) AS members FROM team`;

/** A row of `team` with the number of its members. */
export interface TeamRecord {
  readonly id: string;
  readonly name: string;
  readonly key_policy: string | null;
  readonly created_at: number;
  readonly members: number;
}

/** A row of `membership`, its role under a name that no other table has. */
export interface MembershipRecord {
  readonly team_id: string;
  readonly user_id: string;
  readonly member_role: string;
  readonly added_at: number;
}

/** The team in a row. */
export function toTeam({ id, name, key_policy, created_at, members }: TeamRecord): Team & { readonly members: number } {
  return {
    id: id as TeamId,
    name,
    ...(key_policy !== null && { keyPolicy: JSON.parse(key_policy) as KeyPolicy }),
    createdAtMs: created_at,
    members,
  };
}

/** The membership in a row. */
export function toMembership(record: MembershipRecord): Membership {
  return {
    teamId: record.team_id as TeamId,
    userId: record.user_id as UserId,
    role: record.member_role as MemberRole,
    addedAtMs: record.added_at,
  };
}

/** A policy as it is stored; null for none. */
export function policyText(policy: KeyPolicy | undefined): string | null {
  return policy === undefined ? null : JSON.stringify(policy);
}
