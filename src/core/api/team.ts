import { z } from "zod";
import { keyPolicySchema, settledPolicySchema } from "#core/api/key-policy.ts";
import { operation } from "#core/api/operation.ts";
import { listOf, pageOf, pageShape } from "#core/api/paging.ts";
import { memberRoles } from "#core/identity/team.ts";

const which = z.string().min(1).max(254);
const name = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,119}$/u, "begins with a letter or digit, at most 120 long");

/** A team as listed. */
export const teamViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** What its new keys start from and may not go beyond, unless an administrator says otherwise; null where nothing is settled. */
  key_policy: settledPolicySchema.nullable(),
  members: z.int(),
  created_at: z.string(),
});
export type TeamView = z.infer<typeof teamViewSchema>;

/** A member of a team as listed. */
const memberViewSchema = z.object({
  user_id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(memberRoles),
  added_at: z.string(),
});
export type MemberView = z.infer<typeof memberViewSchema>;

/** `/api/v1/teams`. `id` may be an id or the name; a member an id, e-mail or name. */
export const teamOperations = {
  listTeams: operation({
    method: "GET",
    path: "/teams",
    permission: "teams:read",
    summary: "Teams that the caller may see, by name.",
    input: z.strictObject(pageShape),
    output: pageOf(teamViewSchema),
  }),
  createTeam: operation({
    method: "POST",
    path: "/teams",
    permission: "teams:write",
    only: "administrators",
    summary: "Make a team.",
    input: z.strictObject({ name, key_policy: keyPolicySchema.optional() }),
    output: teamViewSchema,
    status: 201,
  }),
  findTeam: operation({
    method: "GET",
    path: "/teams/:id",
    permission: "teams:read",
    only: "team_members",
    summary: "One team.",
    input: z.strictObject({ id: which }),
    output: teamViewSchema,
  }),
  updateTeam: operation({
    method: "PATCH",
    path: "/teams/:id",
    permission: "teams:write",
    only: "administrators",
    summary: "Change the name or the default key policy of a team.",
    input: z.strictObject({ id: which, name: name.optional(), key_policy: keyPolicySchema.nullish() }),
    output: teamViewSchema,
  }),
  deleteTeam: operation({
    method: "DELETE",
    path: "/teams/:id",
    permission: "teams:write",
    only: "administrators",
    summary: "Remove a team; refused while it has keys that work.",
    input: z.strictObject({ id: which }),
    output: teamViewSchema,
  }),
  listTeamMembers: operation({
    method: "GET",
    path: "/teams/:id/members",
    permission: "teams:read",
    only: "team_admins",
    summary: "Members of a team.",
    input: z.strictObject({ id: which }),
    output: listOf(memberViewSchema),
  }),
  setTeamMember: operation({
    method: "PUT",
    path: "/teams/:id/members/:user",
    permission: "teams:write",
    only: "team_admins",
    summary: "Add a member, or change the role of one.",
    input: z.strictObject({ id: which, user: which, role: z.enum(memberRoles).default("member") }),
    output: memberViewSchema,
  }),
  removeTeamMember: operation({
    method: "DELETE",
    path: "/teams/:id/members/:user",
    permission: "teams:write",
    only: "team_admins",
    summary: "Remove a member; the keys that the member has in the team end.",
    input: z.strictObject({ id: which, user: which }),
    output: memberViewSchema,
  }),
};
