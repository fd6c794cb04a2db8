import type { Database } from "bun:sqlite";
import { noCursor } from "#core/api/paging.ts";
import type { TeamId, UserId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { IdentityStore } from "#core/identity/identity-store.ts";
import type { KeyPolicy } from "#core/identity/key-policy.ts";
import type { Membership, Team } from "#core/identity/team.ts";
import { nameKey } from "#core/identity/name-key.ts";
import type { Commits } from "#integrations/stores/sqlite/commits.ts";
import { isDangling, isDuplicate } from "#integrations/stores/sqlite/constraint.ts";
import { toUser, type UserRecord } from "#integrations/stores/sqlite/identity/identity-records.ts";
import { revokeKeys } from "#integrations/stores/sqlite/identity/key-revocation.ts";
import {
  type MembershipRecord,
  policyText,
  selectTeams,
  type TeamRecord,
  toMembership,
  toTeam,
} from "#integrations/stores/sqlite/identity/team-records.ts";
import { traced, type TrailTables } from "#integrations/stores/sqlite/trail.ts";
import type { AtOnce } from "#integrations/stores/sqlite/worker-calls.ts";

/** What `IdentityStore` promises about teams. */
export type TeamCalls = Pick<
  AtOnce<IdentityStore>,
  | "createTeam"
  | "listTeams"
  | "findTeam"
  | "updateTeam"
  | "deleteTeam"
  | "listMembers"
  | "setMember"
  | "removeMember"
  | "membershipsOf"
>;

type Change = { readonly name?: string; readonly keyPolicy?: KeyPolicy | null };

/** The tables `team` and `membership`, on the writer's thread. */
export function teamCalls(database: Database, commits: Commits, trails: TrailTables): TeamCalls {
  return {
    ...teamReads(database),
    createTeam: traced(commits, trails, (team) => insertTeam(database, team)),
    updateTeam: traced(commits, trails, (id, change) => writeTeam(database, id, change)),
    deleteTeam: traced(commits, trails, (id, nowMs) => dropTeam(database, id, nowMs)),
    setMember: traced(commits, trails, (membership) => writeMember(database, membership)),
    removeMember: traced(commits, trails, (teamId, userId, atMs) => dropMember(database, teamId, userId, atMs)),
  };
}

function teamReads(database: Database): Pick<TeamCalls, "listTeams" | "findTeam" | "listMembers" | "membershipsOf"> {
  const named = database.query<{ id: string }, [string, string | null]>(
    `SELECT id FROM team WHERE name_key = ?1
     AND (?2 IS NULL OR id IN (SELECT team_id FROM membership WHERE user_id = ?2))`,
  );
  return {
    listTeams({ limit, after, memberId }) {
      if (after !== undefined && named.get(nameKey(after), memberId ?? null) === null) throw noCursor();
      const page = database.query<TeamRecord, [string | null, string | null, number]>(
        `${selectTeams} WHERE (?1 IS NULL OR id IN (SELECT team_id FROM membership WHERE user_id = ?1))
         AND (?2 IS NULL OR name_key > ?2) ORDER BY name_key LIMIT ?3`,
      );
      return page.all(memberId ?? null, after === undefined ? null : nameKey(after), limit).map(toTeam);
    },
    findTeam(which) {
      const found = database
        .query<TeamRecord, [string, string]>(`${selectTeams} WHERE id = ?1 OR name_key = ?2 ORDER BY id = ?1 DESC`)
        .get(which, nameKey(which));
      return found === null ? undefined : toTeam(found);
    },
    listMembers(teamId) {
      const members = database.query<MembershipRecord & UserRecord & { readonly member_role: string }, [string]>(
        `SELECT u.*, m.team_id, m.user_id, m.role AS member_role, m.added_at FROM membership AS m
         JOIN user AS u ON u.id = m.user_id WHERE m.team_id = ? ORDER BY m.added_at, m.user_id`,
      );
      return members.all(teamId).map((record) => ({ membership: toMembership(record), user: toUser(record) }));
    },
    membershipsOf(userId) {
      const memberships = database.query<MembershipRecord & TeamRecord, [string]>(
        `SELECT t.*, m.user_id, m.team_id, m.role AS member_role, m.added_at FROM membership AS m
         JOIN (${selectTeams}) AS t ON t.id = m.team_id WHERE m.user_id = ? ORDER BY t.name_key`,
      );
      return memberships.all(userId).map((record) => {
        const { members: _, ...team } = toTeam(record);
        return { membership: toMembership(record), team };
      });
    },
  };
}

function insertTeam(database: Database, { id, name, keyPolicy, createdAtMs }: Team): void {
  try {
    database
      .query("INSERT INTO team (id, name, name_key, key_policy, created_at) VALUES (?, ?, ?, ?, ?)")
      .run(id, name, nameKey(name), policyText(keyPolicy), createdAtMs);
  } catch (cause) {
    throw isDuplicate(cause) ? nameTaken(name, cause) : cause;
  }
}

function writeTeam(database: Database, id: TeamId, { name, keyPolicy }: Change): boolean {
  const written = database.query(
    `UPDATE team SET name = coalesce(?2, name), name_key = coalesce(?3, name_key),
     key_policy = CASE WHEN ?4 THEN ?5 ELSE key_policy END WHERE id = ?1`,
  );
  const newKey = name === undefined ? null : nameKey(name);
  try {
    return (
      written.run(id, name ?? null, newKey, keyPolicy !== undefined, policyText(keyPolicy ?? undefined)).changes > 0
    );
  } catch (cause) {
    throw isDuplicate(cause) ? nameTaken(name ?? "", cause) : cause;
  }
}

function dropTeam(database: Database, id: TeamId, nowMs: number): boolean {
  const working = database
    .query<{ count: number }, [string, number]>(
      `SELECT count(*) AS count FROM api_key WHERE team_id = ? AND revoked_at IS NULL
       AND (expires_at IS NULL OR expires_at > ?)`,
    )
    .get(id, nowMs);
  if ((working?.count ?? 0) > 0) {
    throw new GatewayError("conflict", `Keys of the team that still work: ${working?.count}. Revoke them first.`);
  }
  // An expired key could be given another end later; without its team it must not come back.
  revokeKeys(database, "team_id = ?", [id], nowMs);
  database.query("DELETE FROM membership WHERE team_id = ?").run(id);
  return database.query("DELETE FROM team WHERE id = ?").run(id).changes > 0;
}

function writeMember(database: Database, { teamId, userId, role, addedAtMs }: Membership): void {
  try {
    database
      .query(
        `INSERT INTO membership (team_id, user_id, role, added_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (team_id, user_id) DO UPDATE SET role = excluded.role`,
      )
      .run(teamId, userId, role, addedAtMs);
  } catch (cause) {
    if (!isDangling(cause)) throw cause;
    throw new GatewayError("not_found", `There is no team ${teamId} or no user ${userId}.`, { cause });
  }
}

function dropMember(database: Database, teamId: TeamId, userId: UserId, atMs: number): boolean {
  const removed = database.query("DELETE FROM membership WHERE team_id = ? AND user_id = ?").run(teamId, userId);
  if (removed.changes === 0) return false;
  // Also what a key of its own, that stays, has made for others in the team.
  const ended = "team_id = ? AND (user_id = ? OR parent_id IN (SELECT id FROM api_key WHERE user_id = ?))";
  revokeKeys(database, ended, [teamId, userId, userId], atMs);
  return true;
}

function nameTaken(name: string, cause: unknown): GatewayError {
  return new GatewayError("conflict", `A team named ${name} exists already.`, { cause });
}
