import { defineCommand } from "citty";
import { ask } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import { oneOf } from "#cli/one-of.ts";
import { printJson, printLine } from "#cli/output.ts";
import { type Columns, printViews } from "#cli/view-table.ts";
import type { MemberView } from "#core/api/team.ts";
import { memberRoles } from "#core/identity/team.ts";

const team = { type: "positional", required: true, description: "Id or name of the team" } as const;
const who = { type: "positional", required: true, description: "Id, e-mail or unique name of the user" } as const;
const typedAs = { id: "TEAM", user: "WHO" };

const add = defineCommand({
  meta: { description: "Add a member, or change the role of one" },
  args: {
    team,
    who,
    role: { type: "string", valueHint: "role", description: "admin or member", default: "member" },
    ...globalFlags,
  },
  async run({ args }) {
    const role = oneOf("--role", memberRoles, args.role);
    const member = await ask(args, "setTeamMember", { id: args.team, user: args.who, role }, typedAs);
    if (args.json) return printJson(member);
    printLine(`${member.name} <${member.email}> is ${member.role} of ${args.team}`);
  },
});

const remove = defineCommand({
  meta: { description: "Remove a member; its keys in the team end" },
  args: { team, who, ...globalFlags },
  async run({ args }) {
    const member = await ask(args, "removeTeamMember", { id: args.team, user: args.who }, typedAs);
    if (args.json) return printJson(member);
    printLine(`Removed ${member.name} <${member.email}> from ${args.team}`);
  },
});

const list = defineCommand({
  meta: { description: "List the members of a team" },
  args: { team, ...globalFlags },
  async run({ args }) {
    const { data } = await ask(args, "listTeamMembers", { id: args.team }, typedAs);
    printViews(data, columns, { json: args.json, none: "No members yet." });
  },
});

/** `tokligence team member`. */
export default defineCommand({
  meta: { description: "Add, remove and list members of a team" },
  subCommands: { add, remove, list },
});

const columns: Columns<MemberView> = {
  ID: ({ user_id }) => user_id,
  EMAIL: ({ email }) => email,
  NAME: ({ name }) => name,
  ROLE: ({ role }) => role,
  ADDED: ({ added_at }) => added_at,
};
